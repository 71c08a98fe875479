// JSON as people read it: a line for what an object is and its plain fields, and its parts indented below.
#pragma once

#include <string>

#include "cli/decode/payload_json.h"

namespace agilevpn::cli::decode {

// Lines, each with its newline. The first field and "name" stand without their names, numbers of registered values
// ("..._code") are left out, and long octet strings are cut.
std::string to_text(const Json& object, std::size_t indent);

// A packet: when, from where, to where, what; then its payloads or its inner packet.
std::string packet_text(const Json& packet);

}  // namespace agilevpn::cli::decode
