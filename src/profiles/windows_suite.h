// The six settings that Windows calls a custom IPsec policy, as Set-VpnConnectionIPsecConfiguration and ProfileXML name them.
#pragma once

#include <string>

#include "profiles/suite.h"

namespace agilevpn::profiles {

struct WindowsSuite {
  std::string authentication_transform;  // AuthenticationTransformConstants, ESP
  std::string cipher_transform;          // CipherTransformConstants, ESP
  std::string pfs_group;                 // PfsGroup, rekeys of the Child SA
  std::string dh_group;                  // DHGroup, IKE
  std::string integrity_check;           // IntegrityCheckMethod, IKE: also the PRF
  std::string encryption;                // EncryptionMethod, IKE
};

WindowsSuite windows_suite(const Suite& suite, bool pfs);

}  // namespace agilevpn::profiles
