#include "base/random.h"

namespace agilevpn {

Bytes Random::public_bytes(std::size_t size) {
  Bytes octets(size);
  fill_public(octets);
  return octets;
}

Secret Random::secret_bytes(std::size_t size) {
  Secret octets(size);
  fill_secret(octets.mutable_view());
  return octets;
}

std::uint64_t Random::public_u64() {
  std::array<std::byte, 8> octets{};
  fill_public(octets);
  std::uint64_t value = 0;
  for (const std::byte b : octets) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) { return bound == 0 ? 0 : public_u64() % bound; }

Duration Random::jitter(Duration limit) {
  return Duration{static_cast<Duration::rep>(below(static_cast<std::uint64_t>(limit.count())))};
}

void SeededRandom::fill(MutableByteView out) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 8 == 0) word = next();
    out[i] = static_cast<std::byte>(word >> (i % 8 * 8));
  }
}

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

}  // namespace agilevpn
