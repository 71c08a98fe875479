// Text as the formats want it: quoted so that no name can leave its quotes, base64, UUIDs, names of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace agilevpn::profiles {

std::string base64(ByteView octets);
// Base64url without padding (RFC 4648 §5), for links. Nothing if it is none.
std::string base64url(ByteView octets);
std::optional<Bytes> from_base64url(std::string_view text);
// Of what is told: the same parts give the same UUID, so that a profile written anew replaces the old one on the device
// (RFC 9562 §5.8, version 8).
std::string uuid(std::initializer_list<std::string_view> parts);
// Letters, digits and "-_.@+"; a name that had to be changed gets a tail of its own, so that two do not become one.
std::string safe_file_name(std::string_view name);

std::string html(std::string_view text);        // Escaped for text and attributes.
std::string powershell(std::string_view text);  // 'quoted'
std::string swanctl(std::string_view text);     // "quoted"
std::string toml(std::string_view text);        // "quoted"
std::string keyfile(std::string_view text);     // Escaped; keyfiles have no quotes.
std::string url(std::string_view text);         // Percent-encoded (RFC 3986 §2.3).

// The octets by twos with a space between them, as Windows writes fingerprints.
std::string spaced_hex(ByteView octets);
std::string with_crlf(std::string_view text);

// Replaces each %%KEY%% by its value; what was put in is not looked at again.
std::string fill(std::string_view text, const std::vector<std::pair<std::string_view, std::string>>& values);

}  // namespace agilevpn::profiles
