// For tests: the UDP payloads of a capture file in the classic format, over IPv4 without options, on Ethernet or Linux's "cooked" link.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/codec.h"

namespace agilevpn::radius {

inline std::vector<Bytes> udp_payloads(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const ByteView all = as_bytes(text);
  constexpr std::size_t file_header = 24, record_header = 16, size_offset = 8;
  const bool is_little_endian = all.size() > file_header && all[0] == std::byte{0xd4};
  const auto integer = [&](std::size_t at) {
    Bytes octets = to_bytes(all.subspan(at, 4));
    if (is_little_endian) std::ranges::reverse(octets);
    return *Reader{octets}.u32("integer");
  };
  if (all.size() < file_header) return {};
  const std::size_t link_header = integer(20) == 1 ? 14 : 16;  // LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL
  const std::size_t lower_headers = link_header + 20 + 8;
  std::vector<Bytes> found;
  for (std::size_t at = file_header; at + record_header <= all.size();) {
    const std::size_t size = integer(at + size_offset);
    at += record_header;
    if (size > lower_headers && at + size <= all.size())
      found.push_back(to_bytes(all.subspan(at, size).subspan(lower_headers)));
    at += size;
  }
  return found;
}

}  // namespace agilevpn::radius
