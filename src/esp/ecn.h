// Explicit Congestion Notification through the tunnel (RFC 6040). The outer header takes the inner traffic class whole
// (RFC 4301 §5.1.2.1 for the DSCP, RFC 6040 §4.1 "normal mode" for ECN), so sealing needs no function of its own.
#pragma once

#include <cstdint>
#include <optional>

namespace agilevpn::esp {

inline constexpr std::uint8_t ecn_mask = 3;
inline constexpr std::uint8_t not_ect = 0;
inline constexpr std::uint8_t ect_1 = 1;
inline constexpr std::uint8_t ect_0 = 2;
inline constexpr std::uint8_t ce = 3;

// RFC 6040 §4.2, figure 4: the ECN field of the packet that leaves the tunnel. Nothing: drop it.
constexpr std::optional<std::uint8_t> decapsulated_ecn(std::uint8_t inner, std::uint8_t outer) {
  inner &= ecn_mask;
  outer &= ecn_mask;
  if (inner == not_ect) return outer == ce ? std::nullopt : std::optional{not_ect};
  if (inner == ce || outer == ce) return ce;
  return outer == ect_1 ? ect_1 : inner;
}

}  // namespace agilevpn::esp
