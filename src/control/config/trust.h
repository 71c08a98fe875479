// Whom a configuration believes: what the verifier was made of, for who asks whether a certificate is revoked.
#pragma once

#include <vector>

#include "crypto/certificate.h"

namespace agilevpn::control::config {

struct Trust {
  std::vector<crypto::Certificate> anchors;
  std::vector<crypto::Crl> crls;
};

}  // namespace agilevpn::control::config
