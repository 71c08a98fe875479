// Signed messages (CMS, RFC 5652) with the content inside: how configuration profiles are signed.
#pragma once

#include <vector>

#include "crypto/certificate.h"

namespace agilevpn::crypto {

// DER. `others` help to verify the signer's certificate. Fails if the key does not belong to it, or cannot sign CMS.
Result<Bytes, Error> sign_cms(ByteView content, const Certificate& signer, const std::vector<Certificate>& others,
                              const PrivateKey& key);
// The content of a message that `anchors` vouch for; nothing otherwise.
std::optional<Bytes> open_cms(ByteView message, const std::vector<Certificate>& anchors);

}  // namespace agilevpn::crypto
