// WallTime and OpenSSL's ASN1_TIME.
#pragma once

#include <openssl/asn1.h>

#include <ctime>
#include <string>

#include "base/time.h"

namespace agilevpn::crypto {

// The epoch for a time that cannot be read.
WallTime to_wall_time(const ASN1_TIME* time);
std::time_t to_time_t(WallTime time);
// "2026-11-22"
std::string to_date(WallTime time);

}  // namespace agilevpn::crypto
