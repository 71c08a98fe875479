// A CA of its own for tests that bend certificates.
#pragma once

#include "crypto/certificate_authority.h"
#include "ike/credentials.h"
#include "sim/credentials.h"

namespace agilevpn::roles {

inline constexpr WallTime now_wall = sim::calendar_start;

struct Pki {
  crypto::CertificateAuthority ca = crypto::CertificateAuthority::create(
      "CN=Office CA", crypto::KeyType::EcdsaP256, now_wall - std::chrono::years{1}, now_wall + std::chrono::years{9});
  std::vector<crypto::CertificateAuthority::Revoked> revoked;

  struct Holder {
    crypto::Certificate certificate;
    crypto::PrivateKey key;
    ike::CertificateAuth auth() const { return ike::certificate_auth({certificate}, "own"); }
  };
  using Profile = crypto::CertificateRequest::Profile;
  using Name = crypto::CertificateName;
  // What a test bends is in `bent`; its key, if that is what it is about, in `key`.
  Holder issue(crypto::CertificateRequest bent,
               const crypto::PrivateKey& key = crypto::PrivateKey::generate(crypto::KeyType::EcdsaP256)) const {
    if (bent.not_before == WallTime{}) bent.not_before = now_wall - std::chrono::years{1};
    if (bent.not_after == WallTime{}) bent.not_after = now_wall + std::chrono::years{1};
    return {ca.issue(bent, key.public_key()).value(), key};
  }
  Holder issue(Profile profile, const std::string& subject, Name name, WallTime not_after = {}) const {
    return issue(
        {.profile = profile, .subject = subject, .names = {std::move(name)}, .not_before = {}, .not_after = not_after});
  }
  Holder client(const std::string& subject = "CN=anna, OU=staff, O=Example", WallTime not_after = {}) const {
    return issue(Profile::Client, subject, {Name::Kind::Email, to_bytes("anna@example.org")}, not_after);
  }
  Holder gateway() const {
    return issue(Profile::Gateway, "CN=vpn.example.org", {Name::Kind::Dns, to_bytes("vpn.example.org")});
  }
  ike::Credentials trust(const Holder& own) const {
    std::vector<crypto::Crl> crls;
    if (!revoked.empty())
      crls = crypto::Crl::parse(as_bytes(ca.issue_crl(revoked, now_wall, now_wall + std::chrono::days{7}).value()))
                 .value();
    return ike::Credentials{crypto::Verifier{{ca.certificate()}, std::move(crls)}, {{"own", own.key}}};
  }
};

}  // namespace agilevpn::roles
