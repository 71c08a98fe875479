// Decrypts what stands between the header and the end of an SK payload or an ESP packet, for reading only.
#pragma once

#include <optional>

#include "cli/decode/key_table.h"

namespace agilevpn::cli::decode {

// What is said of what nobody gave the keys for.
inline constexpr const char* no_key = "no key for these SPIs (see --keys)";

// `body` is IV, ciphertext and ICV; `trailer` is authenticated after them (the high half of an extended sequence
// number). The text with its padding; nothing if the ICV is wrong or the sizes do not fit.
std::optional<Bytes> open(const DirectionKeys& keys, ByteView aad, ByteView body, ByteView trailer = {});

}  // namespace agilevpn::cli::decode
