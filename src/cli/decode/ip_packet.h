// IP packets, whole ones and fragments, and the fragments put together again.
#pragma once

#include <map>
#include <optional>
#include <tuple>

#include "base/address.h"

namespace agilevpn::cli::decode {

inline constexpr std::uint8_t protocol_icmp = 1;
inline constexpr std::uint8_t protocol_ipv4 = 4;
inline constexpr std::uint8_t protocol_tcp = 6;
inline constexpr std::uint8_t protocol_udp = 17;
inline constexpr std::uint8_t protocol_ipv6 = 41;
inline constexpr std::uint8_t protocol_esp = 50;
inline constexpr std::uint8_t protocol_icmpv6 = 58;
inline constexpr std::uint8_t protocol_none = 59;

struct IpPacket {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;  // Past IPv6's extension headers.
  std::size_t size = 0;       // Octets with its headers.
  std::uint32_t identification = 0;
  std::size_t fragment_offset = 0;  // Octets.
  bool more_fragments = false;
  ByteView payload;
  std::size_t missing = 0;  // Octets of it that were not captured.
  bool has_length = true;   // False: its header says 0, since it was captured before the network adapter cut it.

  bool is_whole() const { return missing == 0 && has_length; }
  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

// An IPv4 or IPv6 packet; nothing for octets that are none. What follows it (Ethernet's padding) is left out.
std::optional<IpPacket> read_ip(ByteView octets);

class FragmentBuffer {
 public:
  // The whole payload once the last of its fragments is here.
  std::optional<Bytes> add(const IpPacket& fragment);

 private:
  using Key = std::tuple<IpAddress, IpAddress, std::uint8_t, std::uint32_t>;
  struct Parts {
    std::map<std::size_t, Bytes> by_offset;
    std::optional<std::size_t> size;  // Known from the last fragment.
    std::optional<Bytes> whole() const;
  };
  std::map<Key, Parts> pending_;
};

}  // namespace agilevpn::cli::decode
