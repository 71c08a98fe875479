// IKE and ESP on the UDP ports of a host (RFC 3948 §2).
#pragma once

#include <algorithm>
#include <optional>

#include "ike/endpoint.h"

namespace agilevpn::sim::stock {

inline constexpr std::size_t non_esp_marker_size = 4;

inline Bytes udp_payload(const ike::Transmit& out) {
  Bytes payload(has_non_esp_marker(out.path) ? non_esp_marker_size : 0);
  append(payload, out.datagram);
  return payload;
}

// The IKE message in it. Nothing: it is ESP, or a NAT keepalive.
inline std::optional<ByteView> ike_message(const Path& path, ByteView payload) {
  if (!has_non_esp_marker(path)) return payload;
  if (payload.size() <= non_esp_marker_size) return std::nullopt;
  const bool is_ike =
      std::ranges::all_of(payload.first(non_esp_marker_size), [](std::byte b) { return b == std::byte{0}; });
  return is_ike ? std::optional{payload.subspan(non_esp_marker_size)} : std::nullopt;
}

}  // namespace agilevpn::sim::stock
