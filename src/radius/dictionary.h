// The names and kinds of attributes, as a RADIUS dictionary has them: for text, and to check the sizes of values.
#pragma once

#include "radius/packet.h"

namespace agilevpn::radius {

enum class ValueKind : std::uint8_t {
  Text,
  Octets,
  Hidden,
  Integer,
  Time,
  Ipv4Address,
  Ipv6Address,
  Ipv6Prefix,
  InterfaceId
};

struct DictionaryEntry {
  AttributeId id;
  std::string_view name;  // "Framed-IP-Address"
  ValueKind kind;
};

// Nothing for an attribute that we do not know.
const DictionaryEntry* look_up(AttributeId id);

// RFC 2865 §5: an answer with an attribute of an invalid length is taken for an Access-Reject. The first such attribute.
const Attribute* find_invalid_size(const Attributes& attributes);

std::string name_of(AttributeId id);                // "Framed-IP-Address", "Attribute-231", "MS-Attribute-99"
std::string to_string(const Attribute& attribute);  // "Framed-IP-Address = 10.1.2.3"; what is hidden is not shown.
std::string to_string(const Packet& packet);        // "Access-Accept 7: Framed-IP-Address = 10.1.2.3, Class = 0x6131"
std::string to_string(ErrorCause cause);            // "Session-Context-Not-Found"
std::string to_string(AcctTerminateCause cause);    // "Idle-Timeout"

}  // namespace agilevpn::radius
