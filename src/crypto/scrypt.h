// scrypt (RFC 7914): a key from a password, at a price in time and memory that a guesser pays for every guess.
#pragma once

#include <optional>

#include "base/secret.h"

namespace agilevpn::crypto {

struct ScryptCost {
  unsigned log2_n = 15;  // CPU and memory: 128 * r * N octets, 32 MiB, and some 80 ms.
  unsigned r = 8;        // Block size.
  unsigned p = 1;        // Parallelism.

  friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

inline constexpr std::size_t scrypt_memory_max =
    256 * 1024 * 1024;  // A cost read from a file must not take all memory.

// Nothing for a cost that RFC 7914 §2 forbids or that needs more memory than scrypt_memory_max.
std::optional<Secret> scrypt(const Secret& password, ByteView salt, const ScryptCost& cost, std::size_t size);

}  // namespace agilevpn::crypto
