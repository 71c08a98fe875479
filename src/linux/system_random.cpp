#include "linux/system_random.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace agilevpn::linux {

void SystemRandom::fill_public(MutableByteView out) {
  CHECK(RAND_bytes(as_uchar(out), static_cast<int>(out.size())) == 1);
}

void SystemRandom::fill_secret(MutableByteView out) {
  CHECK(RAND_priv_bytes(as_uchar(out), static_cast<int>(out.size())) == 1);
}

}  // namespace agilevpn::linux
