// Notices that files have other content: certificates are renewed, CRLs grow. Looks at them when it is asked to, so
// that it works for symbolic links that turn elsewhere and on network file systems as well.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace agilevpn::daemon {

class FileWatch {
 public:
  // As they are now is as they were read.
  void set(std::vector<std::filesystem::path> files);
  // Once after each change, and not before the files were alike for two calls: a certificate and its key are not
  // replaced in one step.
  bool has_settled_change();

 private:
  std::vector<std::filesystem::path> files_;
  std::string read_;  // What identifies the content that was read.
  std::string seen_;  // Of the last call.
};

}  // namespace agilevpn::daemon
