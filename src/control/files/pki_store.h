// The files of a CA of one's own, which `agilevpn pki` and `agilevpn setup` keep and the gateway reads:
//
//   ca.pem, ca.key          the CA
//   issued/NAME.pem .key    a certificate with its key, and for clients
//   issued/NAME.p12         both with the CA, for the client
//   index.json              what was issued, and what of it is revoked
//   crl.pem                 the CRL, new after every revocation
//
// One process at a time changes a store.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate_authority.h"

namespace agilevpn::control::files {

struct IssuedCertificate {
  std::string name;
  std::string serial;  // Lower-case hex.
  std::string subject;
  bool is_gateway = false;
  WallTime not_after{};
  std::optional<WallTime> revoked;
};

struct IssueRequest {
  std::string name;  // Also the file's name: "anna", "vpn.example.org".
  bool is_gateway = false;
  std::string subject;             // "CN=anna, OU=staff"; empty: CN=name.
  std::vector<std::string> names;  // Subject alternative names besides `name`: DNS names, addresses, e-mail addresses.
  crypto::KeyType key = crypto::KeyType::EcdsaP256;
  unsigned rsa_bits = 2048;
  std::chrono::days validity{730};
  Secret password;             // Of the .p12.
  bool is_compatible = false;  // A .p12 that Apple and Windows 7 read.
};

class PkiStore {
 public:
  static constexpr std::chrono::days ca_validity{3650};
  static constexpr std::chrono::days crl_validity{
      3650};  // The CRL lies beside the CA: nobody fetches it, a revocation renews it.

  // Makes a CA. Fails if there is one.
  static Result<PkiStore, Error> init(std::filesystem::path directory, const std::string& subject, crypto::KeyType key,
                                      WallTime now);
  static Result<PkiStore, Error> open(std::filesystem::path directory);

  // A new key and certificate, written to issued/. A name that is in use and not revoked is refused.
  Result<crypto::Certificate, Error> issue(const IssueRequest& request, WallTime now);
  // A new key and certificate that say what the last one under this name said; the last one still counts until it ends.
  // `terms` gives validity, password and is_compatible.
  Result<crypto::Certificate, Error> renew(IssueRequest terms, WallTime now);
  // By name, which means every certificate under it that counts, or by serial number; renews the CRL.
  Result<void, Error> revoke(std::string_view name, WallTime now);

  const crypto::Certificate& ca() const { return ca_.certificate(); }
  const std::vector<IssuedCertificate>& issued() const { return issued_; }
  const IssuedCertificate* find(std::string_view name_or_serial) const;

  static std::filesystem::path ca_file(const std::filesystem::path& directory) { return directory / "ca.pem"; }
  static std::filesystem::path crl_file(const std::filesystem::path& directory) { return directory / "crl.pem"; }
  // suffix: ".pem", ".key" or ".p12"
  static std::filesystem::path issued_file(const std::filesystem::path& directory, std::string_view name,
                                           std::string_view suffix) {
    return directory / "issued" / (std::string(name) + std::string(suffix));
  }

 private:
  PkiStore(std::filesystem::path directory, crypto::CertificateAuthority ca)
      : directory_(std::move(directory)), ca_(std::move(ca)) {}
  Result<crypto::Certificate, Error> make(const IssueRequest& request, const crypto::CertificateRequest& content);
  Result<void, Error> write_index() const;
  Result<void, Error> write_crl(WallTime now) const;

  std::filesystem::path directory_;
  crypto::CertificateAuthority ca_;
  std::vector<IssuedCertificate> issued_;
};

// "7h3k-9wqz-04mc-xr2e": 80 bits, of letters and digits that are not mistaken for each other. Takes 10 octets.
Secret make_password(ByteView randomness);

}  // namespace agilevpn::control::files
