#include "sim/credentials.h"

#include <map>

#include "base/check.h"

namespace agilevpn::sim {

namespace {

constexpr const char* key_name = "host";
constexpr WallTime valid_from = calendar_start - std::chrono::years{1};
constexpr WallTime valid_to = calendar_start + std::chrono::years{20};

const crypto::CertificateAuthority& test_ca(crypto::KeyType type) {
  static std::map<crypto::KeyType, crypto::CertificateAuthority> authorities;
  auto found = authorities.find(type);
  if (found == authorities.end())
    found =
        authorities.emplace(type, crypto::CertificateAuthority::create("CN=Test CA", type, valid_from, valid_to)).first;
  return found->second;
}

// All RSA certificates of a profile have the same key: one takes as long to make as a client's simulated hours.
crypto::PrivateKey key_of(crypto::CertificateRequest::Profile profile, crypto::KeyType type) {
  if (type != crypto::KeyType::Rsa) return crypto::PrivateKey::generate(type);
  static std::map<crypto::CertificateRequest::Profile, crypto::PrivateKey> keys;
  if (!keys.contains(profile)) keys.emplace(profile, crypto::PrivateKey::generate(type));
  return keys.at(profile);
}

Credentials issue(std::string_view identity, crypto::KeyType type) {
  Credentials made;
  made.identity = ike::wire::Identity::parse(identity);
  crypto::CertificateRequest request;
  request.profile = made.identity.type == ike::wire::IdType::Fqdn ? crypto::CertificateRequest::Profile::Gateway
                                                                  : crypto::CertificateRequest::Profile::Client;
  made.key = key_of(request.profile, type);
  request.subject = std::string{identity};
  request.names = {*ike::certificate_name(made.identity)};
  request.not_before = valid_from;
  request.not_after = valid_to;
  auto certificate = test_ca(type).issue(request, made.key->public_key());
  CHECK(certificate);
  made.chain = {*std::move(certificate)};
  made.anchors = {test_ca(type).certificate()};
  return made;
}

}  // namespace

WallTime calendar(Instant now) {
  return calendar_start + std::chrono::duration_cast<WallTime::duration>(now.time_since_epoch());
}

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

ike::LocalAuth Credentials::local_auth() const {
  if (!key) return ike::PskAuth{psk.copy()};
  return ike::certificate_auth(chain, key_name);
}

ike::Credentials Credentials::trust() const {
  std::map<std::string, crypto::PrivateKey> keys;
  if (key) keys.emplace(key_name, *key);
  return ike::Credentials{crypto::Verifier{anchors, {}}, std::move(keys)};
}

Result<std::variant<crypto::PublicKey, Secret>, std::string> Credentials::verify(const ike::AuthenticatePeer& peer,
                                                                                 WallTime now) const {
  using Purpose = crypto::CertificateRules::Purpose;
  if (!peer.uses_certificate) {
    if (psk.empty()) return Failure{std::string{"a certificate is wanted"}};
    return psk.copy();
  }
  const crypto::CertificateRules rules{.purpose = peer.is_initiator ? Purpose::Gateway : Purpose::Client};
  auto verified = trust().verify(peer.certificates, {peer.peer}, rules, local_auth(), now);
  if (!verified) return Failure{verified.error().to_string()};
  return *std::move(verified);
}

}  // namespace agilevpn::sim
