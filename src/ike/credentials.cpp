#include "ike/credentials.h"

#include <algorithm>
#include <array>
#include <utility>

namespace agilevpn::ike {

namespace {

// Whether the peer shows the key that we authenticate with ourselves.
bool has_key_of(const crypto::Certificate& peer, const LocalAuth& own) {
  const auto* auth = std::get_if<CertificateAuth>(&own);
  return auth && auth->spki == peer.spki();
}

using Check = crypto::CertificateError::Check;

crypto::CertificateCheck refused(Check check, std::string certificate, std::string expected, std::string found) {
  return {{check, std::move(certificate), std::move(expected), std::move(found)}};
}

}  // namespace

Result<std::vector<crypto::Certificate>, crypto::CertificateError> parse_chain(const std::vector<Bytes>& ders) {
  using crypto::CertificateError;
  std::vector<crypto::Certificate> chain;
  for (const Bytes& der : ders) {
    auto certificate = crypto::Certificate::from_der(der);
    if (!certificate)
      return Failure{
          CertificateError{Check::Parse, "", "X.509 in DER", "it is malformed: " + certificate.error().what}};
    chain.push_back(*std::move(certificate));
  }
  if (chain.empty()) return Failure{CertificateError{Check::Parse, "", "a certificate", "the peer sent none"}};
  return chain;
}

std::optional<crypto::CertificateName> certificate_name(const wire::Identity& identity) {
  using Kind = crypto::CertificateName::Kind;
  switch (identity.type) {
    case wire::IdType::Ipv4Addr:
    case wire::IdType::Ipv6Addr: return crypto::CertificateName{Kind::Ip, identity.data};
    case wire::IdType::Fqdn: return crypto::CertificateName{Kind::Dns, identity.data};
    case wire::IdType::Rfc822Addr: return crypto::CertificateName{Kind::Email, identity.data};
    case wire::IdType::DerAsn1Dn: return crypto::CertificateName{Kind::Dn, identity.data};
    case wire::IdType::DerAsn1Gn:
    case wire::IdType::KeyId:
    case wire::IdType::Null: return std::nullopt;
  }
  return std::nullopt;
}

wire::Identity identity_of(const crypto::Certificate& certificate) {
  using Kind = crypto::CertificateName::Kind;
  const auto names = certificate.names();
  constexpr std::array wanted = {std::pair{Kind::Email, wire::IdType::Rfc822Addr},
                                 std::pair{Kind::Dns, wire::IdType::Fqdn}};
  for (const auto& [kind, type] : wanted) {
    const auto name = std::ranges::find(names, kind, &crypto::CertificateName::kind);
    if (name != names.end()) return {type, name->value};
  }
  return {wire::IdType::DerAsn1Dn, certificate.subject_der()};
}

LocalAuth copy_of(const LocalAuth& auth) {
  if (const auto* shared = std::get_if<PskAuth>(&auth)) return PskAuth{shared->psk.copy()};
  if (const auto* eap = std::get_if<EapAuth>(&auth)) return *eap;
  return std::get<CertificateAuth>(auth);
}

CertificateAuth certificate_auth(const std::vector<crypto::Certificate>& chain, std::string key) {
  const crypto::PublicKey own = chain.front().public_key();
  CertificateAuth auth{
      .key = std::move(key), .key_type = own.type(), .key_bits = own.bits(), .spki = chain.front().spki()};
  for (const crypto::Certificate& certificate : chain) auth.chain.push_back(certificate.der());
  return auth;
}

std::vector<crypto::CertificateCheck> Credentials::examine(const std::vector<crypto::Certificate>& chain,
                                                           const std::vector<wire::Identity>& identities,
                                                           const crypto::CertificateRules& rules, const LocalAuth& own,
                                                           WallTime now) const {
  const std::string subject = chain.front().subject();
  if (has_key_of(chain.front(), own))
    return {refused(Check::SameKey, subject, "each end needs its own", "the peer shows our own key")};
  if (identities.empty())  // Whoever it is.
    return verifier_.examine(chain, {crypto::CertificateName::Kind::Dn, chain.front().subject_der()}, rules, now);
  std::vector<crypto::CertificateCheck> checks;
  for (const wire::Identity& identity : identities) {
    const auto name = certificate_name(identity);
    if (name)
      std::ranges::move(verifier_.examine(chain, *name, rules, now), std::back_inserter(checks));
    else
      checks.push_back(refused(Check::Identity, subject, "an address, a name or a subject",
                               "no certificate can vouch for the identity " + identity.to_string()));
  }
  return checks;
}

Result<crypto::PublicKey, crypto::CertificateError> Credentials::verify(const std::vector<Bytes>& certificates,
                                                                        const std::vector<wire::Identity>& identities,
                                                                        const crypto::CertificateRules& rules,
                                                                        const LocalAuth& own, WallTime now) const {
  TRY_ASSIGN(const auto chain, parse_chain(certificates));
  const auto checks = examine(chain, identities, rules, own, now);
  if (const auto* failed = crypto::first_failed(checks)) return Failure{failed->fact};
  return chain.front().public_key();
}

std::optional<crypto::CertificateError> Credentials::find_revoked(const std::vector<Bytes>& certificates,
                                                                  WallTime now) const {
  const auto chain = parse_chain(certificates);
  return chain ? verifier_.find_revoked(*chain, now) : std::nullopt;
}

std::optional<Answer> Credentials::sign(const Sign& question) const {
  const auto key = keys_.find(question.key);
  if (key == keys_.end()) return std::nullopt;
  auto signature = key->second.sign(question.scheme, question.octets);
  if (!signature) return Refused{wire::NotifyType::AuthenticationFailed, signature.error().to_string()};
  return Signature{*std::move(signature)};
}

Result<crypto::TlsContext, Error> Credentials::tls_context(crypto::TlsRole role,
                                                           const std::optional<CertificateAuth>& own) const {
  crypto::TlsContext::Settings settings{.role = role, .chain = {}, .key = {}, .authorities = {}};
  if (role == crypto::TlsRole::Server) settings.authorities = verifier_.anchors();
  if (!own) return crypto::TlsContext::make(settings);
  for (const Bytes& der : own->chain) {
    TRY_ASSIGN(crypto::Certificate certificate, crypto::Certificate::from_der(der));
    settings.chain.push_back(std::move(certificate));
  }
  const auto key = keys_.find(own->key);
  if (key == keys_.end())
    return Failure{Error{"the private key is not on this machine, and TLS inside EAP needs it here", ""}};
  settings.key = key->second;
  return crypto::TlsContext::make(settings);
}

std::vector<Bytes> Credentials::authorities() const {
  std::vector<Bytes> hashes;
  for (const crypto::Certificate& anchor : verifier_.anchors()) hashes.push_back(anchor.key_hash());
  return hashes;
}

}  // namespace agilevpn::ike
