// What a writer makes: files for one device, by names that are safe in every file system. The command line writes them and
// ends, so nothing here wipes itself.
#pragma once

#include <string>
#include <vector>

namespace agilevpn::profiles {

struct File {
  std::string name;  // Relative; may have one folder in it.
  std::string content;
  std::string what;        // For the person: "Windows 8.1 to 11: run it".
  bool is_secret = false;  // A private key or a password is in it: for its owner only.
};
using Files = std::vector<File>;

}  // namespace agilevpn::profiles
