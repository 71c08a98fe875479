// Randomness for real keys: OpenSSL's two DRBGs, seeded by the kernel. One for what the wire shows, one for secrets.
#pragma once

#include "base/random.h"

namespace agilevpn::linux {

// Ends the program when OpenSSL has no randomness to give: nothing safe can be done without it.
class SystemRandom final : public Random {
 public:
  void fill_public(MutableByteView out) override;
  void fill_secret(MutableByteView out) override;
};

}  // namespace agilevpn::linux
