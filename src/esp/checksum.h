// The Internet checksum (RFC 1071) of inner packets: computed where a segmenting kernel left it to us, verified before
// packets are joined, and updated where a header field changes.
#pragma once

#include "base/bytes.h"

namespace agilevpn::esp {

// The ones' complement sum of `data` as 16-bit words in network order, folded to 16 bits. Sums of pieces add up, if
// every piece but the last has an even size.
std::uint32_t checksum_part(ByteView data);

// Of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1) of an IP packet's addresses.
std::uint32_t pseudo_header_part(ByteView addresses, std::uint8_t protocol, std::size_t upper_layer_size);

// Adds up parts and folds them. The checksum field holds the complement of this.
std::uint16_t fold(std::uint32_t parts);

// The checksum field after a 16-bit word of what it covers changed (RFC 1624 §3).
std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word);

// Computes the checksum of the ICMPv6 message that follows the bare IPv6 header of `packet`, up to its end, and stores it.
void store_icmp6_checksum(MutableByteView packet);

// Computes the checksum of the IPv4 header at the start of `packet` and stores it.
void store_ipv4_checksum(MutableByteView packet, std::size_t header_size);

}  // namespace agilevpn::esp
