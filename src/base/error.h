// An error that ends at a person: one clear sentence, and what to do about it. Rooms with richer errors (DecodeError,
// ike::Refusal, crypto::CertificateError) keep them as long as a program must decide by them and end as this.
#pragma once

#include <string>

#include "base/result.h"

namespace agilevpn {

struct Error {
  std::string what;  // "cannot open /dev/net/tun: Permission denied"; no full stop, no newline.
  std::string help;  // "run it as root, or give it CAP_NET_ADMIN"; may be empty.

  // "what (help)", or what alone.
  std::string to_string() const { return help.empty() ? what : what + " (" + help + ")"; }
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace agilevpn
