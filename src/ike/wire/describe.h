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

}  // namespace agilevpn::ike::wire
