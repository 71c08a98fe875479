// Every field of a chain of payloads and where it stands (RFC 7296 §3), for clients that say one of them otherwise. A
// pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ike/wire/message.h"

namespace agilevpn::sim::stock {

struct Field {
  std::size_t payload = 0;  // Its number in the chain.
  ike::wire::PayloadType type = ike::wire::PayloadType::None;
  std::string_view name;         // As in the RFC's pictures: "Proposal Length"
  std::size_t at = 0, size = 0;  // Octets of the chain.
  // What counts it: two octets each, and one octet for an SPI.
  std::vector<std::size_t> lengths_at;
  std::size_t spi_size_at = 0;  // 0: none.
  bool is_number = true;        // Else octets, which may be more or fewer.

  std::string to_string() const;  // "SA Proposal Length"
};

// In their order, and all octets of the chain are in one.
std::vector<Field> fields_of(const ike::wire::Payloads& payloads);

}  // namespace agilevpn::sim::stock
