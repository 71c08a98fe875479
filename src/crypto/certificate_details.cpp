#include "crypto/certificate_details.h"

#include <openssl/x509v3.h>

#include <array>

#include "crypto/native.h"

namespace agilevpn::crypto {

std::vector<std::string> key_usages(const Certificate& certificate) {
  constexpr std::array bits = {std::pair{KU_DIGITAL_SIGNATURE, "digitalSignature"},
                               std::pair{KU_NON_REPUDIATION, "nonRepudiation"},
                               std::pair{KU_KEY_ENCIPHERMENT, "keyEncipherment"},
                               std::pair{KU_DATA_ENCIPHERMENT, "dataEncipherment"},
                               std::pair{KU_KEY_AGREEMENT, "keyAgreement"},
                               std::pair{KU_KEY_CERT_SIGN, "keyCertSign"},
                               std::pair{KU_CRL_SIGN, "cRLSign"}};
  X509* const x509 = Native::borrow(certificate);
  std::vector<std::string> usages;
  if (!(X509_get_extension_flags(x509) & EXFLAG_KUSAGE)) return usages;
  const std::uint32_t set = X509_get_key_usage(x509);
  for (const auto& [bit, name] : bits) {
    if (set & static_cast<std::uint32_t>(bit)) usages.emplace_back(name);
  }
  return usages;
}

std::string signature_hash(const Certificate& certificate) {
  const ErrorScope errors;
  int hash = NID_undef;
  if (!X509_get_signature_info(Native::borrow(certificate), &hash, nullptr, nullptr, nullptr) || hash == NID_undef)
    return "";
  return OBJ_nid2sn(hash);
}

}  // namespace agilevpn::crypto
