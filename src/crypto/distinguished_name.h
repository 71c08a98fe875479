// Distinguished names as people write them: the most specific field first, "CN=anna, O=Example" (RFC 4514).
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

using OwnedName = Owned<X509_NAME, X509_NAME_free>;

// A name without '=' becomes a CN. A backslash takes the meaning from the next character.
Result<OwnedName, Error> parse_name(std::string_view text);
std::string to_string(const X509_NAME* name);
Bytes to_der(const X509_NAME* name);
// The values of one field, "CN" or "organizationName"; none for a field nobody knows.
std::vector<std::string> field_of(const X509_NAME* name, std::string_view field);
// Whether two DER names mean the same, without regard to case, spaces and string types (RFC 5280 §7.1).
bool is_same_name(ByteView a, ByteView b);

}  // namespace agilevpn::crypto
