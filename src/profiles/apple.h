// macOS, iOS, iPadOS: a configuration profile. Unlike a connection made by hand it names one suite, lifetimes and whom the
// gateway must prove to be. Keys are those of Apple's published schema (com.apple.vpn.managed, IKEv2).
#pragma once

#include "base/error.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

// Who signs the profile, so that the device shows its name instead of "Not Signed".
struct ProfileSigner {
  std::vector<crypto::Certificate> chain;  // The signer's own first.
  crypto::PrivateKey key;
};

Result<Files, Error> write_apple(const Request& request, const ProfileSigner* signer = nullptr);

}  // namespace agilevpn::profiles
