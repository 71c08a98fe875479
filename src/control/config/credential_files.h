// Certificates, keys and CRLs from files, in the forms that people have them: PEM, DER and PKCS#12.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "crypto/certificate.h"
#include "ike/ask.h"

namespace agilevpn::control::config {

struct OwnCertificate {
  crypto::Certificate certificate;
  crypto::PrivateKey key;
  std::vector<crypto::Certificate> chain;    // Between ours and the anchors.
  std::vector<crypto::Certificate> anchors;  // Self-signed ones that came with it.

  // As the engine takes it; the key goes by the name `key_name`.
  ike::CertificateAuth auth(std::string key_name) const;
};

// A .p12, or PEM with our own certificate first and the key in `key_file` (without it, in the same file).
Result<OwnCertificate, Error> load_own_certificate(const std::filesystem::path& file,
                                                   const std::optional<std::filesystem::path>& key_file,
                                                   const Secret& password);
// PEM with any number of certificates, or one in DER.
Result<std::vector<crypto::Certificate>, Error> load_certificates(const std::filesystem::path& file);
Result<std::vector<crypto::Crl>, Error> load_crls(const std::filesystem::path& file);
// A password or pre-shared key: the file's text without the newline at its end.
Result<Secret, Error> load_secret(const std::filesystem::path& file);

}  // namespace agilevpn::control::config
