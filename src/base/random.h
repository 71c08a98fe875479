// Where randomness comes in. Two kinds, so that a weakness of what the wire shows says nothing about keys.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/time.h"

namespace agilevpn {

class Random {
 public:
  virtual ~Random() = default;
  // For what the wire shows: SPIs, nonces, IVs, jitter.
  virtual void fill_public(MutableByteView out) = 0;
  // For private keys.
  virtual void fill_secret(MutableByteView out) = 0;

  Bytes public_bytes(std::size_t size);
  // Virtual for tests that replay what others drew: their private keys may be longer than ours.
  virtual Secret secret_bytes(std::size_t size);
  std::uint64_t public_u64();
  // Uniform enough in [0, bound); 0 for bound 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, limit).
  Duration jitter(Duration limit);
};

// The same octets for the same seed, for tests and the simulator. Never for real keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill_public(MutableByteView out) override { fill(out); }
  void fill_secret(MutableByteView out) override { fill(out); }

 private:
  void fill(MutableByteView out);
  std::uint64_t next();

  std::uint64_t state_;
};

}  // namespace agilevpn
