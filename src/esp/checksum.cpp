#include "esp/checksum.h"

#include <bit>
#include <cstring>

#include "esp/ip_packet.h"
#include "esp/octets.h"

namespace agilevpn::esp {

namespace {

constexpr std::size_t ipv4_checksum_at = 10;
constexpr std::size_t ipv6_header_size = 40;
constexpr std::size_t icmp_checksum_at = 2;

// The sum does not care about the order of octets as long as it is turned at the end (RFC 1071 §2.B), so whole native
// words are added, in a loop that compilers turn into vectors.
std::uint64_t native_sum(ByteView data) {
  std::uint64_t sum = 0;
  while (data.size() >= sizeof(std::uint32_t)) {
    std::uint32_t word;
    std::memcpy(&word, data.data(), sizeof word);
    sum += word;
    data = data.subspan(sizeof word);
  }
  std::uint32_t tail = 0;
  if (!data.empty()) std::memcpy(&tail, data.data(), data.size());
  return sum + tail;
}

}  // namespace

std::uint32_t checksum_part(ByteView data) {
  std::uint64_t sum = native_sum(data);
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 32) + (sum & 0xffffffff);
  const std::uint16_t folded = fold(static_cast<std::uint32_t>(sum));
  if constexpr (std::endian::native == std::endian::big) return folded;
  return static_cast<std::uint16_t>(folded << 8 | folded >> 8);
}

std::uint32_t pseudo_header_part(ByteView addresses, std::uint8_t protocol, std::size_t upper_layer_size) {
  const auto size = static_cast<std::uint32_t>(upper_layer_size);
  return checksum_part(addresses) + protocol + (size >> 16) + (size & 0xffff);
}

std::uint16_t fold(std::uint32_t parts) {
  parts = (parts >> 16) + (parts & 0xffff);
  parts = (parts >> 16) + (parts & 0xffff);
  return static_cast<std::uint16_t>(parts);
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) {
  const auto complement = [](std::uint16_t word) { return static_cast<std::uint32_t>(0xffff - word); };
  return static_cast<std::uint16_t>(complement(fold(complement(checksum) + complement(old_word) + new_word)));
}

void store_icmp6_checksum(MutableByteView packet) {
  const MutableByteView icmp = packet.subspan(ipv6_header_size);
  const std::uint32_t pseudo = pseudo_header_part(address_octets(packet), protocol::icmp6, icmp.size());
  store<std::uint16_t>(icmp, icmp_checksum_at, 0);
  store(icmp, icmp_checksum_at, static_cast<std::uint16_t>(~fold(pseudo + checksum_part(icmp))));
}

void store_ipv4_checksum(MutableByteView packet, std::size_t header_size) {
  store<std::uint16_t>(packet, ipv4_checksum_at, 0);
  store(packet, ipv4_checksum_at, static_cast<std::uint16_t>(~fold(checksum_part(packet.first(header_size)))));
}

}  // namespace agilevpn::esp
