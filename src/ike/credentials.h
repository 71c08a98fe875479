// What a role needs to answer the engine's questions of trust: whose keys we have, whom we believe. The engine itself
// never sees this. A key that is not here is somebody else's to answer for: the role hands that Sign on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/tls.h"
#include "ike/ask.h"

namespace agilevpn::ike {

// An identity as a certificate may vouch for it; nothing for ID_KEY_ID and its kin, which no certificate names.
std::optional<crypto::CertificateName> certificate_name(const wire::Identity& identity);
// Who has this certificate: its e-mail address, else its DNS name, else its subject.
wire::Identity identity_of(const crypto::Certificate& certificate);

// The certificates of an AuthenticatePeer; one at least. OpenSSL takes long over each key, so parse them once.
Result<std::vector<crypto::Certificate>, crypto::CertificateError> parse_chain(const std::vector<Bytes>& ders);

LocalAuth copy_of(const LocalAuth& auth);
// Our own certificate comes first in `chain`, which has one at least; `key` is as in CertificateAuth.
CertificateAuth certificate_auth(const std::vector<crypto::Certificate>& chain, std::string key);

class Credentials {
 public:
  explicit Credentials(crypto::Verifier verifier, std::map<std::string, crypto::PrivateKey> keys = {})
      : verifier_(std::move(verifier)), keys_(std::move(keys)) {}

  // Believes the certificates of an AuthenticatePeer or says why not. Each of `identities` must be among the names of the peer's own
  // certificate; with none, it is believed whoever it is. A peer that shows the key of `own` is refused: it is us, or has our
  // key.
  Result<crypto::PublicKey, crypto::CertificateError> verify(const std::vector<Bytes>& certificates,
                                                             const std::vector<wire::Identity>& identities,
                                                             const crypto::CertificateRules& rules,
                                                             const LocalAuth& own, WallTime now) const;
  // Every check of verify() on a parsed chain of one at least, for who must say what each of them found.
  std::vector<crypto::CertificateCheck> examine(const std::vector<crypto::Certificate>& chain,
                                                const std::vector<wire::Identity>& identities,
                                                const crypto::CertificateRules& rules, const LocalAuth& own,
                                                WallTime now) const;
  // What is found on a peer's certificates, if one of our CRLs names one of them by now; nothing: none does.
  std::optional<crypto::CertificateError> find_revoked(const std::vector<Bytes>& certificates, WallTime now) const;
  // Nothing if the key is not here.
  std::optional<Answer> sign(const Sign& question) const;
  // SHA-1 key hashes of the trust anchors, for CERTREQ.
  std::vector<Bytes> authorities() const;

  // Who we are in the TLS inside EAP: with this certificate, whose key must be here, or with none. A server names our trust
  // anchors to whom it asks for a certificate.
  Result<crypto::TlsContext, Error> tls_context(crypto::TlsRole role, const std::optional<CertificateAuth>& own) const;

 private:
  crypto::Verifier verifier_;
  std::map<std::string, crypto::PrivateKey> keys_;
};

}  // namespace agilevpn::ike
