// Distinguished names between text and DER (RFC 7296 §3.5, ID_DER_ASN1_DN).
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace agilevpn::ike::wire {

// "CN=anna, O=Example" as an X.501 Name, its fields in the order they are written; '\' before a comma keeps it in a
// value. Nothing for a field without '=' or a name that X.500 does not know.
std::optional<Bytes> name_from_text(std::string_view text);
// The other way; nothing for octets that are no Name.
std::optional<std::string> name_to_text(ByteView der);

}  // namespace agilevpn::ike::wire
