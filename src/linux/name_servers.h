// Has names asked in the tunnel, through whoever manages DNS on this host: systemd-resolved, else resolvconf. Where neither
// does, nothing is changed: a resolv.conf that nobody manages is its owner's.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"

namespace agilevpn::linux {

class NameServers {
 public:
  explicit NameServers(std::string interface) : interface_(std::move(interface)) {}

  // Names under `domains` are asked at `servers`; with no domains, all names are, if `all_names` says so.
  void set(const std::vector<IpAddress>& servers, const std::vector<std::string>& domains, bool all_names);
  void clear();
  const std::string& warning() const { return warning_; }

 private:
  enum class Manager : std::uint8_t { None, Resolved, Resolvconf };
  void set_resolved(const std::vector<IpAddress>& servers, const std::vector<std::string>& domains);
  void set_resolvconf(const std::vector<IpAddress>& servers, const std::vector<std::string>& domains);
  void run(const std::vector<std::string>& command, std::string_view input = {});

  std::string interface_;
  Manager manager_ = Manager::None;  // Where something is set.
  std::string warning_;
};

}  // namespace agilevpn::linux
