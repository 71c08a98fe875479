// ESP packets as JSON, with a summary of the inner packet where the key table has their keys (RFC 4303).
#pragma once

#include "cli/decode/key_table.h"
#include "cli/decode/payload_json.h"

namespace agilevpn::cli::decode {

// "spi", "sequence_number" and, decrypted, "inner"; "error" where something is wrong.
Json read_esp(const KeyTable& keys, const IpAddress& destination, ByteView packet);

// "source", "destination", "protocol" and the data of an inner packet; `next_header` says what it is.
Json read_inner(std::uint8_t next_header, ByteView packet);

}  // namespace agilevpn::cli::decode
