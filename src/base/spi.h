// Security Parameters Indexes: two types that do not mix.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace agilevpn {

// A Child SA's SPI: 4 octets, chosen by the receiving end (RFC 4303 §2.1). 0 to 255 are reserved.
struct EspSpi {
  std::uint32_t value = 0;
  std::string to_string() const;  // 8 hex digits.
  friend auto operator<=>(const EspSpi&, const EspSpi&) = default;
};

// An IKE SA's SPI: 8 octets; zero where it is not yet known (RFC 7296 §2.6).
struct IkeSpi {
  std::uint64_t value = 0;
  bool is_zero() const { return value == 0; }
  std::string to_string() const;  // 16 hex digits.
  friend auto operator<=>(const IkeSpi&, const IkeSpi&) = default;
};

}  // namespace agilevpn
