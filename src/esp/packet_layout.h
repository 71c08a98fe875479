// Where the parts of a suite's ESP packet stand (RFC 4303 §2), and how large packets become:
//
//   SPI 4 | Sequence Number 4 | IV | inner packet | Padding | Pad Length 1 | Next Header 1 | ICV
//   '---------- header ----------' '------------------- text -------------------'
#pragma once

#include <array>

#include "base/spi.h"
#include "crypto/packet_cipher.h"
#include "esp/octets.h"

namespace agilevpn::esp {

inline constexpr std::size_t fixed_header_size = 8;   // SPI and Sequence Number.
inline constexpr std::size_t fixed_trailer_size = 2;  // Pad Length and Next Header.

struct PacketLayout {
  std::size_t iv_size = 0;
  std::size_t icv_size = 0;
  std::size_t alignment = 4;  // The text is a multiple of this: of the cipher's block, and of 4 (RFC 4303 §2.4).
  bool is_aead = false;
  bool has_extended_sequence_numbers = false;

  // Nothing for a suite that this build cannot do.
  static std::optional<PacketLayout> of(const crypto::CipherSuite& suite, bool extended_sequence_numbers = false) {
    const auto sizes = crypto::PacketCipher::sizes(suite);
    if (!sizes) return std::nullopt;
    return PacketLayout{sizes->iv, sizes->icv, std::max<std::size_t>(sizes->block, 4),
                        crypto::is_aead(suite.encryption), extended_sequence_numbers};
  }

  bool is_block_cipher() const { return alignment > 4; }
  std::size_t header_size() const { return fixed_header_size + iv_size; }
  std::size_t text_size(std::size_t inner_size) const {
    return (inner_size + fixed_trailer_size + alignment - 1) / alignment * alignment;
  }
  std::size_t sealed_size(std::size_t inner_size) const { return header_size() + text_size(inner_size) + icv_size; }
  // The largest inner packet whose ESP packet has at most this size; 0 if there is none.
  std::size_t largest_inner(std::size_t sealed) const {
    const std::size_t fixed = header_size() + icv_size;
    return sealed < fixed + alignment ? 0 : (sealed - fixed) / alignment * alignment - fixed_trailer_size;
  }
};

// What the ICV covers besides IV and text: the header, and the high half of an ESN, which is not sent. An AEAD has it
// in its associated data (RFC 4106 §5); a separate integrity algorithm has it after the text (RFC 4303 §2.2.1).
class AuthenticatedHeader {
 public:
  AuthenticatedHeader(const PacketLayout& layout, EspSpi spi, std::uint64_t sequence_number) {
    const auto high = static_cast<std::uint32_t>(sequence_number >> 32);
    const auto low = static_cast<std::uint32_t>(sequence_number);
    const bool has_high_inside = layout.is_aead && layout.has_extended_sequence_numbers;
    aad_size_ = has_high_inside ? 12 : 8;
    trailer_size_ = layout.has_extended_sequence_numbers && !layout.is_aead ? 4 : 0;
    store(octets_, 0, spi.value);
    store(octets_, 4, has_high_inside ? high : low);
    store(octets_, 8, has_high_inside ? low : high);
  }

  ByteView aad() const { return ByteView{octets_}.first(aad_size_); }
  ByteView trailer() const { return ByteView{octets_}.last(trailer_size_); }

 private:
  std::array<std::byte, 12> octets_;
  std::size_t aad_size_;
  std::size_t trailer_size_;
};

}  // namespace agilevpn::esp
