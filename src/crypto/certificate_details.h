// What only people ask of a certificate, or who explains it to them; no decision of the verifier hangs on these.
#pragma once

#include <string>
#include <vector>

#include "crypto/certificate.h"

namespace agilevpn::crypto {

std::vector<std::string> key_usages(
    const Certificate& certificate);  // "digitalSignature" ...; empty without the extension.
std::string signature_hash(
    const Certificate& certificate);  // "SHA256", "SHA1"; empty where the signature has its own (Ed25519).

}  // namespace agilevpn::crypto
