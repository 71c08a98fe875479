// Every inner packet that was sent in a world, and what became of it. None may come out of a tunnel twice, changed, or by
// a Child SA that does not cover it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ike/sa_change.h"

namespace agilevpn::sim {

class Ledger {
 public:
  // An IP packet with a number of its own in it.
  Bytes make(const IpAddress& from, const IpAddress& to);
  // It came out of this Child SA. Returns its number.
  std::optional<std::uint64_t> arrived(ByteView packet, const ike::InstallChildSa& child);

  std::uint64_t sent_count() const { return sent_.size(); }
  std::uint64_t arrived_count() const { return arrived_count_; }
  bool has_arrived(std::uint64_t number) const { return sent_.at(number).has_arrived; }
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Sent {
    Bytes packet;  // Empty once it has arrived.
    bool has_arrived = false;
  };
  std::vector<Sent> sent_;  // By number.
  std::uint64_t arrived_count_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace agilevpn::sim
