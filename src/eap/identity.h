// The text of an EAP-Identity, a user name of MSCHAPv2, a Notification: octets that people typed on some machine.
//
// Windows sends names in the code page of its country ([MS-CHAP] §3.1.5.2), everyone else in UTF-8. Here they become
// UTF-8, which is what users are stored in and what logs show.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace agilevpn::eap {

// Nothing if there are too many octets (limits.h) or control characters among them. No octets are a name, too: Android
// sends an empty EAP-Identity and names itself in IDi.
std::optional<std::string> decode_identity(ByteView octets);

// Words of a server for a person: what cannot be shown is left out, and what is too long is cut.
std::string decode_message(ByteView octets);

}  // namespace agilevpn::eap
