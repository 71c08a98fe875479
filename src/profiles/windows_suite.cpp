#include "profiles/windows_suite.h"

#include <fmt/format.h>

namespace agilevpn::profiles {

namespace {

using crypto::IntegrityId;
using crypto::KeyExchangeId;

bool is_gcm(const crypto::CipherSuite& suite) { return suite.encryption == crypto::EncryptionId::AesGcm16; }

std::string windows_cipher(const crypto::CipherSuite& suite) {
  return fmt::format("{}AES{}", is_gcm(suite) ? "GCM" : "", suite.key_bits);
}

std::string windows_integrity(crypto::PrfId prf) { return prf == crypto::PrfId::HmacSha2_384 ? "SHA384" : "SHA256"; }

std::string windows_group(KeyExchangeId method) {
  if (method == KeyExchangeId::Ecp384) return "ECP384";
  return method == KeyExchangeId::Ecp256 ? "ECP256" : "Group14";
}

}  // namespace

WindowsSuite windows_suite(const Suite& suite, bool pfs) {
  const std::string group = windows_group(suite.method);
  return {.authentication_transform = is_gcm(suite.esp) ? windows_cipher(suite.esp) : "SHA256128",
          .cipher_transform = windows_cipher(suite.esp),
          .pfs_group = !pfs                 ? "None"
                       : group == "Group14" ? "PFS2048"
                                            : group,
          .dh_group = group,
          .integrity_check = windows_integrity(suite.prf),
          .encryption = windows_cipher(suite.ike)};
}

}  // namespace agilevpn::profiles
