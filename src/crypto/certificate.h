// X.509 certificates and what we check on them. OpenSSL's verifier does chains, validity, key usage, name constraints
// and revocation; this names which check failed, on which certificate, and what was expected.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "crypto/signature.h"

namespace agilevpn::crypto {

// A name that a certificate vouches for. `value` is text for Dns and Email, 4 or 16 octets for Ip, DER for Dn.
struct CertificateName {
  enum class Kind : std::uint8_t { Dns, Email, Ip, Dn };
  Kind kind;
  Bytes value;

  std::string to_string() const;  // "vpn.example.org", "CN=anna, O=Example"
  friend bool operator==(const CertificateName&, const CertificateName&) = default;
};

// The DER of a name as people write it, the most specific field first: "CN=anna, O=Example"; a bare name is a CN.
Result<Bytes, Error> distinguished_name(std::string_view text);

class Certificate {
 public:
  static Result<Certificate, Error> from_der(ByteView der);
  // Every certificate of a PEM text, in its order.
  static Result<std::vector<Certificate>, Error> from_pem(ByteView pem);

  Bytes der() const;
  std::string to_pem() const;
  std::string subject() const;  // "CN=anna, O=Example", in the order people read it.
  std::string issuer() const;
  std::string serial() const;  // Lower-case hex.
  Bytes subject_der() const;
  WallTime not_before() const;
  WallTime not_after() const;
  bool is_ca() const;
  PublicKey public_key() const;
  Bytes spki() const;  // Its SubjectPublicKeyInfo, DER.
  // SHA-1 over the SubjectPublicKeyInfo, as CERTREQ names a CA (RFC 7296 §3.7).
  Bytes key_hash() const;
  Bytes sha256_fingerprint() const;
  // The subject alternative names, and the subject as a Dn.
  std::vector<CertificateName> names() const;
  std::vector<std::string> extended_key_usages()
      const;  // "serverAuth", "clientAuth", "ipsecIKE", "iKEIntermediate" or dotted.
  // The values of one field of the subject: "CN", "O", "OU" ...
  std::vector<std::string> subject_field(std::string_view field) const;
  std::vector<std::string> policies() const;  // Certificate policies (RFC 5280 §4.2.1.4), dotted.

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der() == b.der(); }

 private:
  friend struct Native;
  struct State;
  explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

class Crl {
 public:
  static Result<std::vector<Crl>, Error> parse(ByteView pem_or_der);
  std::string issuer() const;
  WallTime next_update() const;

 private:
  friend struct Native;
  struct State;
  explicit Crl(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Rules on the peer's certificate, beyond a good chain. Empty fields require nothing.
struct CertificateRules {
  enum class Purpose : std::uint8_t { Gateway, Client };
  Purpose purpose =
      Purpose::Gateway;  // A gateway needs serverAuth or an IKE usage; a client certificate is no gateway.
  // The peer's chain must pass through one of these CAs, not just end at any trusted one: SHA-256 fingerprints.
  std::vector<Bytes> issued_by;
  // Every pair must stand in the subject: {"OU", "staff"}. '*' matches any text.
  std::vector<std::pair<std::string, std::string>> subject_fields;
  std::vector<std::string> extended_key_usages;  // Each must be there.
  // One of the subject alternative names must fit one of these: "*@example.org" an e-mail address, "10.9.*" an IP address,
  // "*.corp.example.org" a DNS name. '*' matches any text, letters in any case.
  std::vector<std::string> names;
  // Dotted policies that the certificate and every CA between it and the anchor must assert (RFC 5280 §6.1, §4.2.1.4); of
  // a CA anyPolicy will do.
  std::vector<std::string> policies;
  bool requires_crl = false;  // Strict: no fresh CRL of the issuer, no entry.
};

// Whether its extended key usages, if it has any, allow this role.
bool fits_purpose(const Certificate& certificate, CertificateRules::Purpose purpose);
// Whether one of its names is this one, or a wildcard that covers it.
bool carries_name(const Certificate& certificate, const CertificateName& identity);
// Whether `field` is one that a subject can have: "OU", "organizationName".
bool is_subject_field(std::string_view field);
// An extended key usage as people write it, by its name ("ipsecIKE", "id-kp-ipsecIKE", "serverauth") or dotted, as
// CertificateRules wants it; nothing for what is neither.
std::optional<std::string> parse_extended_key_usage(std::string_view text);
// Whether it is an object identifier in dotted form.
bool is_object_identifier(std::string_view text);

// Why a certificate was refused.
struct CertificateError {
  enum class Check : std::uint8_t {
    Parse,
    Chain,
    UnknownIssuer,  // It ends at no CA that is trusted.
    Strength,       // A key that is too short, or a signature with a broken hash.
    Validity,       // It has expired.
    NotYetValid,
    Revocation,  // No fresh revocation list, where one is required.
    Revoked,
    KeyUsage,
    ExtendedKeyUsage,
    NameConstraints,
    Identity,
    Issuer,
    SubjectField,
    SameKey,
    AlternativeName,
    Policy,
  };
  Check check;
  std::string certificate;  // The subject of the one that failed.
  std::string expected;
  std::string found;

  // "certificate CN=anna, O=Example: expired on 2026-01-01 (expected: valid at 2026-11-22)"
  std::string to_string() const;
};

// One thing that was looked at on a certificate, and what came of it.
struct CertificateCheck {
  CertificateError fact;  // What was expected and what was found, also where it is as it should be.
  bool is_good = false;
};
std::string_view to_string(CertificateError::Check check);  // "chain", "validity" ...
// The first that is not good.
const CertificateCheck* first_failed(const std::vector<CertificateCheck>& checks);

// Decides whether to believe a peer's certificate. Pure: the time and the CRLs come in.
class Verifier {
 public:
  Verifier(std::vector<Certificate> anchors, std::vector<Crl> crls);

  // `chain[0]` is the peer's own certificate, the others help to reach an anchor. `identity` must be among its names
  // (DNS names without regard to case, and with one leading "*." label in the certificate). Returns the peer's public
  // key.
  Result<PublicKey, CertificateError> verify(const std::vector<Certificate>& chain, const CertificateName& identity,
                                             const CertificateRules& rules, WallTime now) const;
  // Every check that verify() makes, in its order, for people: what is not good does not end it, but without a good chain
  // nothing is looked at that hangs on it.
  std::vector<CertificateCheck> examine(const std::vector<Certificate>& chain, const CertificateName& identity,
                                        const CertificateRules& rules, WallTime now) const;
  // What the check of revocation finds, if one of our lists names one of the chain; nothing: none does. Where none does it is
  // cheap, for many peers to be looked at after a list has changed.
  std::optional<CertificateError> find_revoked(const std::vector<Certificate>& chain, WallTime now) const;
  const std::vector<Certificate>& anchors() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace agilevpn::crypto
