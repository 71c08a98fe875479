// The certificates and the key of a profile as files of their own, for what runs on Linux.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "profiles/request.h"

namespace agilevpn::profiles {

struct PemFiles {
  using Named = std::pair<std::string, crypto::Certificate>;
  std::vector<Named> roots;
  std::vector<Named> intermediates;  // Of the gateway's chain and of the user's.
  std::string certificate;           // Names, without a folder.
  std::string key;
};

PemFiles pem_files(const Request& request);
// The user's key, PKCS#8 without a password: what starts by itself cannot ask for one.
std::string key_text(const Request& request);

}  // namespace agilevpn::profiles
