#include "sim/credentials.h"

#include <map>

#include "base/check.h"

namespace agilevpn::sim {

namespace {

using crypto::CertificateName;

constexpr WallTime valid_from = calendar_start - std::chrono::years{1};
constexpr WallTime valid_to = calendar_start + std::chrono::years{20};

CertificateName name_of(const ike::wire::Identity& identity) {
  switch (identity.type) {
    case ike::wire::IdType::Rfc822Addr: return {CertificateName::Kind::Email, identity.data};
    case ike::wire::IdType::Ipv4Addr:
    case ike::wire::IdType::Ipv6Addr: return {CertificateName::Kind::Ip, identity.data};
    case ike::wire::IdType::DerAsn1Dn: return {CertificateName::Kind::Dn, identity.data};
    default: return {CertificateName::Kind::Dns, identity.data};
  }
}

const crypto::CertificateAuthority& test_ca(crypto::KeyType type) {
  static std::map<crypto::KeyType, crypto::CertificateAuthority> authorities;
  auto found = authorities.find(type);
  if (found == authorities.end())
    found = authorities.emplace(type, crypto::CertificateAuthority::create("CN=Test CA", type, valid_from, valid_to)).first;
  return found->second;
}

Credentials issue(std::string_view identity, crypto::KeyType type) {
  Credentials made;
  made.identity = ike::wire::Identity::parse(identity);
  made.key = crypto::PrivateKey::generate(type);
  crypto::CertificateRequest request;
  request.profile = made.identity.type == ike::wire::IdType::Fqdn ? crypto::CertificateRequest::Profile::Gateway
                                                                   : crypto::CertificateRequest::Profile::Client;
  request.subject = std::string{identity};
  request.names = {name_of(made.identity)};
  request.not_before = valid_from;
  request.not_after = valid_to;
  auto certificate = test_ca(type).issue(request, made.key->public_key());
  CHECK(certificate);
  made.chain = {*std::move(certificate)};
  made.anchors = {test_ca(type).certificate()};
  return made;
}

}  // namespace

Credentials Credentials::with_psk(std::string_view identity, std::string_view psk) {
  Credentials made;
  made.identity = ike::wire::Identity::parse(identity);
  made.psk = Secret::copy_of(as_bytes(psk));
  return made;
}

Credentials Credentials::with_certificate(std::string_view identity, crypto::KeyType type) {
  static std::map<std::pair<std::string, crypto::KeyType>, Credentials> issued;
  const std::pair key{std::string{identity}, type};
  auto found = issued.find(key);
  if (found == issued.end()) found = issued.emplace(key, issue(identity, type)).first;
  return found->second.copy();
}

Credentials Credentials::copy() const { return {identity, psk.copy(), key, chain, anchors}; }

ike::LocalAuth Credentials::local_auth() const {
  if (!key) return ike::PskAuth{psk.copy()};
  ike::CertificateAuth auth;
  for (const auto& certificate : chain) auth.chain.push_back(certificate.der());
  auth.key = "host";
  auth.key_type = key->type();
  auth.key_bits = key->public_key().bits();
  return auth;
}

std::vector<Bytes> Credentials::authorities() const {
  std::vector<Bytes> hashes;
  for (const auto& anchor : anchors) hashes.push_back(anchor.key_hash());
  return hashes;
}

Result<std::variant<crypto::PublicKey, Secret>, std::string> Credentials::verify(const ike::AuthenticatePeer& peer,
                                                                                  Instant now) const {
  if (!peer.uses_certificate) {
    if (psk.empty()) return Failure{std::string{"a certificate is wanted"}};
    return psk.copy();
  }
  std::vector<crypto::Certificate> certificates;
  for (const Bytes& der : peer.certificates) {
    auto certificate = crypto::Certificate::from_der(der);
    if (!certificate) return Failure{certificate.error().to_string()};
    certificates.push_back(*std::move(certificate));
  }
  if (certificates.empty()) return Failure{std::string{"no certificate"}};
  crypto::CertificateRules rules;
  rules.purpose = peer.is_initiator ? crypto::CertificateRules::Purpose::Gateway : crypto::CertificateRules::Purpose::Client;
  const crypto::Verifier verifier{anchors, {}};
  const auto when = calendar_start + std::chrono::duration_cast<WallTime::duration>(now.time_since_epoch());
  auto verified = verifier.verify(certificates, name_of(peer.peer), rules, when);
  if (!verified) return Failure{verified.error().to_string()};
  return *std::move(verified);
}

std::variant<ike::Signature, ike::Refused> Credentials::sign(const ike::Sign& ask) const {
  if (!key) return ike::Refused{.reason = "there is no private key"};
  auto signature = key->sign(ask.scheme, ask.octets);
  if (!signature) return ike::Refused{.reason = signature.error().to_string()};
  return ike::Signature{*std::move(signature)};
}

}  // namespace agilevpn::sim
