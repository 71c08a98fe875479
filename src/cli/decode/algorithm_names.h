// The algorithms' names in Wireshark's key tables, both in the form for IKE ("AES-GCM-256 with 16 octet ICV [RFC5282]")
// and in the form for ESP ("AES-GCM with 16 octet ICV [RFC4106]").
#pragma once

#include <optional>
#include <string_view>

#include "crypto/transform.h"

namespace agilevpn::cli::decode {

// What stands for the integrity of a suite whose ICV is not to be checked.
inline constexpr auto stand_in_integrity = crypto::IntegrityId::HmacSha2_256_128;

struct Protection {
  crypto::CipherSuite suite;
  // Octets of an ICV that is not to be checked: "ANY 96-bits of Authentication [No Checking]", "NULL".
  std::optional<std::size_t> unchecked_icv;
};

// `key_size` counts the octets of the encryption key with its salt: names for ESP leave its length out. Nothing for a
// name that we do not know.
std::optional<Protection> protection_of(std::string_view encryption, std::size_t key_size, std::string_view integrity);

}  // namespace agilevpn::cli::decode
