// A gateway and a user to write profiles for, in tests.
#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>

#include "crypto/certificate_authority.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

inline constexpr std::array all_logins = {LoginKind::Password, LoginKind::Certificate, LoginKind::EapTls,
                                          LoginKind::Peap,     LoginKind::TtlsPap,     LoginKind::TtlsMsChapV2,
                                          LoginKind::Gtc};

inline WallTime sample_time() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// One CA for all tests of a program: making keys takes time.
inline const crypto::CertificateAuthority& sample_ca() {
  static const auto ca = crypto::CertificateAuthority::create("CN=Sample CA, O=Example", crypto::KeyType::EcdsaP256,
                                                              sample_time() - std::chrono::days{1},
                                                              sample_time() + std::chrono::days{3650});
  return ca;
}

inline Request sample_request(LoginKind kind = LoginKind::Password) {
  Request request{.gateway = "vpn.example.org",
                  .identity = "vpn.example.org",
                  .authorities = {sample_ca().certificate()},
                  .issuer = "Sample CA",
                  .login = {.kind = kind, .user = "anna", .certificate = {}, .password = {}},
                  .routes = {*IpPrefix::parse("10.20.0.0/16"), *IpPrefix::parse("fd66:20::/32")},
                  .dns = {*IpAddress::parse("10.20.0.53")},
                  .domains = {"corp.example.org"},
                  .policy = ike::modern_policy()};
  if (!is_by_certificate(kind)) return request;
  auto key = crypto::PrivateKey::generate(crypto::KeyType::EcdsaP256);
  auto certificate = sample_ca()
                         .issue({.subject = "CN=anna",
                                 .names = {{crypto::CertificateName::Kind::Dns, to_bytes("anna")}},
                                 .not_before = sample_time() - std::chrono::days{1},
                                 .not_after = sample_time() + std::chrono::days{700}},
                                key.public_key())
                         .value();
  request.login.certificate =
      UserCertificate{std::move(certificate), std::move(key), {}, Secret(to_bytes("7h3k-9wqz"))};
  return request;
}

inline Request full_tunnel(Request request) {
  request.routes = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")};
  return request;
}

// The file whose name ends so.
inline const File& file_named(const Files& files, std::string_view ending) {
  const auto found = std::ranges::find_if(files, [&](const File& file) { return file.name.ends_with(ending); });
  if (found == files.end()) throw std::out_of_range(std::string(ending));
  return *found;
}

}  // namespace agilevpn::profiles
