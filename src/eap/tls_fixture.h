// For tests and fuzzers of the methods in TLS: a CA, a server and a user with certificates, and who believes them.
#pragma once

#include "base/check.h"
#include "crypto/certificate_authority.h"
#include "crypto/tls.h"
#include "eap/conversation_fixture.h"

namespace agilevpn::eap {

inline constexpr WallTime tls_now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 1};

// A key, its certificate and those above it.
struct TlsHolder {
  crypto::PrivateKey key;
  std::vector<crypto::Certificate> chain;

  crypto::TlsContext context(crypto::TlsRole role, crypto::TlsVersion newest = crypto::TlsVersion::Tls13) const {
    auto made =
        crypto::TlsContext::make({.role = role, .chain = chain, .key = key, .authorities = {}, .newest = newest});
    CHECK(made);
    return *std::move(made);
  }
};

inline crypto::CertificateAuthority make_tls_ca(const std::string& subject) {
  return crypto::CertificateAuthority::create(subject, crypto::KeyType::EcdsaP256, tls_now - std::chrono::years{1},
                                              tls_now + std::chrono::years{1});
}

inline TlsHolder issue_tls(const crypto::CertificateAuthority& ca, crypto::CertificateRequest::Profile profile,
                           const std::string& subject, std::vector<crypto::CertificateName> names,
                           WallTime not_after = tls_now + std::chrono::years{1}) {
  TlsHolder holder{crypto::PrivateKey::generate(crypto::KeyType::EcdsaP256), {}};
  auto certificate = ca.issue({.profile = profile,
                               .subject = subject,
                               .names = std::move(names),
                               .not_before = tls_now - std::chrono::years{1},
                               .not_after = not_after,
                               .extended_key_usages = {}},
                              holder.key.public_key());
  CHECK(certificate);
  holder.chain = {*std::move(certificate)};
  return holder;
}

inline crypto::CertificateName tls_name(crypto::CertificateName::Kind kind, std::string_view text) {
  return {kind, to_bytes(text)};
}
inline TlsHolder issue_server(const crypto::CertificateAuthority& ca, const std::string& name = "vpn.example.org") {
  return issue_tls(ca, crypto::CertificateRequest::Profile::Gateway, name,
                   {tls_name(crypto::CertificateName::Kind::Dns, name)});
}
inline TlsHolder issue_user(const crypto::CertificateAuthority& ca, const std::string& mail = "anna@example.org") {
  return issue_tls(ca, crypto::CertificateRequest::Profile::Client, "CN=anna, O=Example",
                   {tls_name(crypto::CertificateName::Kind::Email, mail)});
}

// Believes what `ca` issued. A server must have this name, a user any.
inline crypto::VerifyCertificates believe(const crypto::CertificateAuthority& ca,
                                          std::optional<std::string> server_name, std::vector<crypto::Crl> crls = {}) {
  auto verifier = std::make_shared<crypto::Verifier>(std::vector{ca.certificate()}, std::move(crls));
  return [verifier, server_name](
             const std::vector<crypto::Certificate>& chain) -> Result<crypto::TlsVerdict, crypto::TlsRefusal> {
    const auto name =
        server_name ? tls_name(crypto::CertificateName::Kind::Dns, *server_name) : chain.front().names().front();
    using Purpose = crypto::CertificateRules::Purpose;
    const auto verified =
        verifier->verify(chain, name, {.purpose = server_name ? Purpose::Gateway : Purpose::Client}, tls_now);
    if (!verified) return Failure{crypto::TlsRefusal{verified.error().check, verified.error().to_string()}};
    return crypto::TlsVerdict::Believed;
  };
}

// The certificates of one house, made once: keys take time.
struct TlsHouse {
  crypto::CertificateAuthority ca = make_tls_ca("CN=Example CA");
  TlsHolder server = issue_server(ca), user = issue_user(ca);

  static const TlsHouse& get() {
    static const TlsHouse house;
    return house;
  }
};

}  // namespace agilevpn::eap
