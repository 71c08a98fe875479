// Kernel parameters that we change while we run, put back when it goes away. What they were stands in a file too, so that the
// next clean stop after a kill puts them back; after a reboot the file says nothing, as the parameters are the host's own again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace agilevpn::linux {

class KeptSysctls {
 public:
  explicit KeptSysctls(std::filesystem::path file);
  KeptSysctls(KeptSysctls&&) = default;
  KeptSysctls& operator=(KeptSysctls&&) = delete;
  ~KeptSysctls();

  Result<void, Error> set(const std::string& name, const std::string& value);
  // One sentence for each that differs from what the host had: "net.ipv4.ip_forward was 0, now 1".
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Sysctl {
    std::string name;
    std::string before;
  };
  void read_file();
  void write_file() const;
  void keep(Sysctl sysctl, const std::string& value);

  std::filesystem::path file_;
  std::vector<Sysctl> former_;  // Of a run that was killed.
  std::vector<Sysctl> changed_;
  std::vector<std::string> notes_;
};

}  // namespace agilevpn::linux
