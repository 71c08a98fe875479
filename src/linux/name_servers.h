// Has names asked in the tunnel, through whoever manages DNS on this host: systemd-resolved, else resolvconf. Where neither
// does, nothing is changed: a resolv.conf that nobody manages is its owner's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/error.h"

namespace agilevpn::linux {

// Names under `domains` are asked at `servers`; with no domains, all names are, if `all_names` says so.
struct Names {
  std::vector<IpAddress> servers;
  std::vector<std::string> domains;
  bool all_names = false;
  friend bool operator==(const Names&, const Names&) = default;
};

class NameServers {
 public:
  enum class Manager : std::uint8_t { None, Resolved, Resolvconf };
  // How it reaches the host.
  struct Host {
    Host();
    std::function<Manager()> find_manager;
    std::function<Result<void, Error>(const std::vector<std::string>& command, std::string_view input)> run;
  };

  explicit NameServers(std::string interface, Host host = {})
      : interface_(std::move(interface)), host_(std::move(host)) {}

  // Does nothing if that is how it is: every program that runs here holds up the loop that runs IKE.
  void set(Names names);
  void clear();
  const std::string& warning() const { return warning_; }

 private:
  void set_resolved();
  void set_resolvconf();
  void revert();
  void run(const std::vector<std::string>& command, std::string_view input = {});

  std::string interface_;
  Host host_;
  Names names_;
  Manager manager_ = Manager::None;  // Where something is set.
  std::string warning_;
};

}  // namespace agilevpn::linux
