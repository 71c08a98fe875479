// What happened to packets, counted. One thread counts, any thread reads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace agilevpn::esp {

// A number with one writer: no locked instruction on the packet path.
class Counter {
 public:
  void add(std::uint64_t count = 1) { set(value() + count); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// Why a packet went no further. RFC 4303 §3.4 and RFC 4301 §5.2 call these auditable events.
enum class DropReason : std::uint8_t {
  Malformed,          // No ESP packet has this size.
  UnknownSpi,         // No SA (RFC 4303 §3.4.2).
  Replayed,           // Received before, or behind the window (§3.4.3).
  BadIcv,             // Not sealed with the SA's keys (§3.4.4).
  BadPadding,         // Authentic, but not padded as §2.4 wants.
  BadNextHeader,      // Authentic, but no IP packet inside.
  Dummy,              // Next Header 59: sent to be dropped (§2.6).
  BadInnerPacket,     // Authentic, but its IP header is broken.
  SelectorMismatch,   // Authentic, but not what this SA may carry (RFC 4301 §5.2).
  CongestionMarked,   // Congestion was marked outside and the inside cannot carry the mark (RFC 6040 §4.2).
  NoOutboundSa,       // No SA covers it: it never leaves in clear.
  SequenceExhausted,  // The SA's sequence numbers are used up (RFC 4303 §3.3.3).
  TooBig,             // The path takes no packet of this size; its sender was told.
};
inline constexpr std::size_t drop_reason_count = 13;

// In snake_case, as `agilevpn status --json` names them: "unknown_spi".
std::string_view to_string(DropReason reason);

class DropCounters {
 public:
  void count(DropReason reason, std::uint64_t packets = 1) { counters_[static_cast<std::size_t>(reason)].add(packets); }
  std::uint64_t operator[](DropReason reason) const { return counters_[static_cast<std::size_t>(reason)].value(); }

 private:
  std::array<Counter, drop_reason_count> counters_;
};

}  // namespace agilevpn::esp
