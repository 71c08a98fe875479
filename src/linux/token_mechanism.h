// How a token is asked for the signatures that IKE needs: we hash, it signs, for that is what every token can.
#pragma once

#include <p11-kit/p11-kit.h>

#include "crypto/signature.h"

namespace agilevpn::linux {

struct TokenMechanism {
  CK_MECHANISM_TYPE type = 0;
  CK_RSA_PKCS_PSS_PARAMS pss{};  // Where type is CKM_RSA_PKCS_PSS.
  Bytes input;                   // What the token signs.

  CK_MECHANISM native();  // Points into this.
};

TokenMechanism token_mechanism(const crypto::SignatureScheme& scheme, ByteView octets);
// The scheme's own form of what the token made.
Bytes from_token(const crypto::SignatureScheme& scheme, Bytes signature);

}  // namespace agilevpn::linux
