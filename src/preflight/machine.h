// What is known of a machine that shall be a gateway. linux/machine_reader.h reads it; tests write it down.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "mobility/network.h"

namespace agilevpn::preflight {

struct Port {
  enum class State : std::uint8_t { Free, Taken, Refused };
  std::uint16_t number = 0;  // UDP.
  State state = State::Free;
  std::string holder;  // The program that has it, as the kernel names it: "charon-systemd"; empty if that is not known.
  std::string reason;  // Why the system refused to say more.
};

struct Clock {
  WallTime now{};
  WallTime installed{};          // When this program was: the clock cannot be before.
  bool is_synchronised = false;  // As the kernel has been told (adjtimex(2)).
};

// What the name that clients dial leads to from here.
struct NameAnswer {
  std::vector<IpAddress> addresses;
  std::string reason;  // Why there is none.
};

// Each is there if it rules this machine: what its own program prints.
struct Firewalls {
  std::optional<std::string> ufw;        // `ufw status verbose`
  std::optional<std::string> firewalld;  // `firewall-cmd --list-all`, of the default zone
  std::optional<std::string> nftables;   // `nft --json list ruleset`
};

struct Machine {
  std::string name;                          // What clients dial: a domain name or an address.
  std::string tunnel = "vpn0";               // The tunnel's interface.
  std::vector<Port> ports;                   // 500 and 4500.
  std::optional<std::string> no_tun;         // Why /dev/net/tun cannot be opened; nothing: it can.
  std::optional<std::string> no_forwarding;  // Why forwarding cannot be switched on.
  bool has_nft = false;
  bool is_root = false;
  Clock clock;
  NameAnswer answer;
  mobility::Network network;
  Firewalls firewalls;
};

}  // namespace agilevpn::preflight
