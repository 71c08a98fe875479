// What an nftables ruleset does with the first packet of a client: read from `nft --json list ruleset` and followed
// rule by rule, as the kernel would. It knows what common rulesets say; a condition that it cannot judge (a set of
// addresses, an iptables extension) makes the answer Unclear instead of a guess.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/error.h"

namespace agilevpn::preflight {

// A packet that no connection exists for yet.
struct Probe {
  std::string_view hook = "input";  // Or "forward".
  Family family = Family::V4;
  std::string interface;  // That it came in by; empty: some card that is neither the loopback nor a tunnel of ours.
  std::optional<std::uint16_t> udp_port;  // Its destination; nothing: any protocol.
};

struct Fate {
  enum class Verdict : std::uint8_t { Accepted, Unclear, Dropped };
  Verdict verdict = Verdict::Accepted;
  std::string family, table, chain;  // The base chain that does not let it through; empty if Accepted.
};

// An error if the text is not what nft writes.
Result<Fate, Error> follow(std::string_view ruleset_json, const Probe& probe);

}  // namespace agilevpn::preflight
