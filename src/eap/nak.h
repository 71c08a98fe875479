// Nak (RFC 3748 §5.3): a Response that refuses a method and names those that would do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eap/packet.h"

namespace agilevpn::eap {

// The Types wanted, of a Nak or an Expanded Nak; empty: none would do. Nothing if the packet is no Nak.
std::optional<std::vector<Type>> decode_nak(const Packet& packet);
// Type-Data of a Nak.
Bytes encode_nak(const std::vector<Type>& wanted);

std::string to_string(const std::vector<Type>& types);  // "PEAP or EAP-TLS"

}  // namespace agilevpn::eap
