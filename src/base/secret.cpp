#include "base/secret.h"

#include <cstring>

namespace agilevpn {

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(octets_);
    octets_ = std::move(other.octets_);
    other.octets_.clear();
  }
  return *this;
}

Secret::~Secret() { wipe(octets_); }

bool operator==(const Secret& a, const Secret& b) { return equal_in_constant_time(a.view(), b.view()); }

bool equal_in_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= std::to_integer<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

void wipe(MutableByteView octets) {
  if (!octets.empty()) explicit_bzero(octets.data(), octets.size());
}

}  // namespace agilevpn
