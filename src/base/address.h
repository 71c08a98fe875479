// IP addresses, ports and paths, as values. No name is ever resolved here.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace agilevpn {

enum class Family : std::uint8_t { V4 = 4, V6 = 6 };

class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::uint32_t host_order);
  static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  // 4 or 16 octets in network order; nothing for any other size.
  static std::optional<IpAddress> from_bytes(ByteView octets);
  // "192.0.2.1" or "2001:db8::1".
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress any(Family family);
  static IpAddress last(Family family);  // All ones.

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::V4; }
  bool is_v6() const { return family_ == Family::V6; }
  std::size_t size() const { return is_v4() ? 4 : 16; }
  unsigned bits() const { return is_v4() ? 32 : 128; }
  // Network order.
  ByteView bytes() const { return ByteView{octets_}.first(size()); }
  bool is_unspecified() const { return *this == any(family_); }
  bool is_loopback() const;
  bool is_link_local() const;
  bool is_multicast() const;
  // Nobody on the Internet reaches it by itself: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6.
  bool is_private() const;
  std::string to_string() const;

  // The address `count` further; nothing past the last one.
  std::optional<IpAddress> plus(std::uint64_t count) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::V4;
  std::array<std::byte, 16> octets_{};
};

struct SocketAddress {
  IpAddress address;
  std::uint16_t port = 0;

  // "192.0.2.1:4500", "[2001:db8::1]:4500".
  std::string to_string() const;
  static std::optional<SocketAddress> parse(std::string_view text);
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

// An address with a prefix length; the host bits are kept as given.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;

  // "10.0.0.0/8"; a bare address is a prefix of its full length.
  static std::optional<IpPrefix> parse(std::string_view text);
  std::string to_string() const;
  IpAddress first() const;
  IpAddress last() const;
  bool contains(const IpAddress& other) const;
  bool contains(const IpPrefix& other) const { return length <= other.length && contains(other.address); }
  bool overlaps(const IpPrefix& other) const { return contains(other) || other.contains(*this); }
  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

// What one party has, as a rule: an address, or a /64.
IpPrefix network_of(const IpAddress& address);

// The way a datagram takes: our address, the peer's, and the interface (its index; 0 where the world does not care).
struct Path {
  SocketAddress local;
  SocketAddress peer;
  std::uint32_t interface = 0;

  std::string to_string() const;  // "10.0.1.2:4500 -> 10.0.1.1:4500"
  friend auto operator<=>(const Path&, const Path&) = default;
};

inline constexpr std::uint16_t ike_port = 500;             // RFC 7296 §2
inline constexpr std::uint16_t nat_traversal_port = 4500;  // RFC 3948 §2

// Whether IKE messages on this path begin with the four zero octets of RFC 3948 §2.2: everywhere but on port 500. Our own port
// decides: a NAT may give a peer that speaks from 4500 the port 500, and the other way about.
inline bool has_non_esp_marker(const Path& path) {
  if (path.local.port == ike_port || path.local.port == nat_traversal_port)
    return path.local.port == nat_traversal_port;
  return path.peer.port != ike_port;
}

}  // namespace agilevpn
