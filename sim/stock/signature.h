// Signatures of IKE_AUTH as they were before RFC 7427: one method for each type of key (RFC 7296 §3.8, RFC 4754).
#pragma once

#include <optional>
#include <string>

#include "crypto/certificate.h"
#include "ike/wire/message.h"

namespace agilevpn::sim::stock {

// Nothing for a type of key that has no such method.
std::optional<ike::wire::AuthPayload> sign_as_of_old(const crypto::PrivateKey& key, ByteView octets);
// What is wrong with it; empty: nothing.
std::string why_not_signed_as_of_old(const ike::wire::AuthPayload& auth, const crypto::PublicKey& key, ByteView octets);

}  // namespace agilevpn::sim::stock
