// What the members of a group may reach, as a person writes it: one rule a line, the first that fits decides, and what
// none fits is dropped. No rules at all: everything passes.
//
//   # the office's web and mail servers
//   allow to 10.20.0.0/16 tcp 80,443,8000-8080
//   allow to 10.20.0.53 udp 53
//   deny  to 10.20.9.0/24
//   allow to any icmp
//   allow from 10.20.1.5 tcp 3389     # who may open connections to the client
//
// Typed values, not a firewall's own language: whatever enforces them, a file can say nothing else. Answers to what was
// allowed pass in either direction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/error.h"

namespace agilevpn::gateway {

struct FirewallRule {
  enum class Direction : std::uint8_t {
    To,
    From
  };  // As the client sees it: it opens the connection, or somebody else does.
  enum class Protocol : std::uint8_t { Any, Tcp, Udp, Icmp };
  struct Ports {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    friend bool operator==(const Ports&, const Ports&) = default;
  };

  bool allows = false;
  Direction direction = Direction::To;
  std::optional<IpPrefix> network;  // Nothing: any.
  Protocol protocol = Protocol::Any;
  std::vector<Ports> ports;  // Of who is connected to; empty: all.

  friend bool operator==(const FirewallRule&, const FirewallRule&) = default;
};

using FirewallRules = std::vector<FirewallRule>;

// The error names the line: "line 3: 'tpc' is no protocol".
Result<FirewallRules, Error> parse_firewall(std::string_view text);

}  // namespace agilevpn::gateway
