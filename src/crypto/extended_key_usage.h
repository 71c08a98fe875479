// Extended key usages by the names that people use. OpenSSL knows no name for iKEIntermediate.
#pragma once

#include <openssl/objects.h>

#include <string>
#include <string_view>

namespace agilevpn::crypto {

// "serverAuth" for "1.3.6.1.5.5.7.3.1"; what has no name here stays as it is.
std::string usage_name(std::string_view dotted_or_name);
// The dotted form of a name; what has no name here stays as it is.
std::string usage_oid(std::string_view dotted_or_name);
// The dotted form of an object.
std::string dotted(const ASN1_OBJECT* object);

}  // namespace agilevpn::crypto
