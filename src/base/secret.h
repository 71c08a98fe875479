// Octets that must not be seen: keys, shared secrets, passwords. A Secret wipes itself, cannot be printed, and compares
// in constant time. Copying is explicit.
#pragma once

#include "base/bytes.h"

namespace agilevpn {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : octets_(size) {}
  explicit Secret(Bytes&& octets) : octets_(std::move(octets)) {}
  static Secret copy_of(ByteView octets) { return Secret{to_bytes(octets)}; }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : octets_(std::move(other.octets_)) { other.octets_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  Secret copy() const { return copy_of(octets_); }
  ByteView view() const { return octets_; }
  MutableByteView mutable_view() { return octets_; }
  std::size_t size() const { return octets_.size(); }
  bool empty() const { return octets_.empty(); }

  friend bool operator==(const Secret& a, const Secret& b);

 private:
  Bytes octets_;
};

// Takes time that depends on the sizes only. For keys, ICVs, cookies and everything an attacker may guess at.
bool equal_in_constant_time(ByteView a, ByteView b);

// Overwrites in a way that no optimiser removes.
void wipe(MutableByteView octets);

}  // namespace agilevpn
