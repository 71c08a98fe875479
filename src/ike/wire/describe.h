// Payloads in words, for the readable IKE log and `agilevpn decode`.
#pragma once

#include <string>
#include <vector>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {

// "SA KE Ni N(NAT_DETECTION_SOURCE_IP) ...": one word a payload, in the RFC's notation.
std::string summarize(const Payloads& payloads);
// One line a payload, with the details that a person needs. Nothing secret: AUTH and KE show sizes only.
std::string describe(const Payload& payload);
std::vector<std::string> describe(const Payloads& payloads);
// A configuration attribute's value alone: "10.0.0.1", "2001:db8::1/64", "10.0.0.0/255.0.0.0", text, or hex.
std::string describe_value(const ConfigurationAttribute& attribute);
// Plain ASCII as it is, anything else as "0x...": a peer chose these octets, and they go to people's terminals.
std::string text_or_hex(ByteView octets);

}  // namespace agilevpn::ike::wire
