// Makes certificates: what `agilevpn pki` and the tests use, so that a first tunnel needs no openssl commands. Uses
// OpenSSL's own randomness for keys and serial numbers; the protocol rooms never call it.
#pragma once

#include <string>
#include <vector>

#include "crypto/certificate.h"

namespace agilevpn::crypto {

struct CertificateRequest {
  enum class Profile : std::uint8_t { Gateway, Client };
  Profile profile = Profile::Client;   // Gateway: serverAuth and IKE intermediate. Client: clientAuth.
  std::string subject;                 // "CN=anna, O=Example"; a bare name becomes its CN.
  std::vector<CertificateName> names;  // Subject alternative names.
  WallTime not_before;
  WallTime not_after;
  std::vector<std::string> extended_key_usages;  // Instead of the profile's own, if any are given.
  std::vector<std::string> policies;             // Dotted.
};

class CertificateAuthority {
 public:
  // A self-signed CA. `subject` must be one that distinguished_name() takes.
  static CertificateAuthority create(const std::string& subject, KeyType type, WallTime not_before, WallTime not_after);
  static Result<CertificateAuthority, Error> load(ByteView certificate_pem, ByteView key_pem,
                                                  const Secret& password = {});

  const Certificate& certificate() const { return certificate_; }
  const PrivateKey& key() const { return key_; }

  Result<Certificate, Error> issue(const CertificateRequest& request, const PublicKey& key) const;
  // A CA below this one; `path_length` as in basicConstraints, negative for none; `permitted_dns` as name constraints.
  Result<CertificateAuthority, Error> issue_ca(const std::string& subject, KeyType type, WallTime not_before,
                                               WallTime not_after, int path_length = -1,
                                               const std::vector<std::string>& permitted_dns = {}) const;
  struct Revoked {
    std::string serial;  // Lower-case hex.
    WallTime when;
  };
  // PEM.
  Result<std::string, Error> issue_crl(const std::vector<Revoked>& revoked, WallTime now, WallTime next_update) const;

 private:
  CertificateAuthority(Certificate certificate, PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Certificate certificate_;
  PrivateKey key_;
};

// A PKCS#12 file with a key, its certificate and the chain above it. `compatible` uses the algorithms that Apple and
// Windows 7 read (3DES and SHA-1 inside the file); else AES-256 and SHA-256.
Result<Secret, Error> make_pkcs12(const PrivateKey& key, const Certificate& certificate,
                                  const std::vector<Certificate>& chain, const Secret& password,
                                  const std::string& name, bool compatible);
struct Pkcs12 {
  PrivateKey key;
  Certificate certificate;
  std::vector<Certificate> chain;
};
Result<Pkcs12, Error> parse_pkcs12(ByteView der, const Secret& password);

}  // namespace agilevpn::crypto
