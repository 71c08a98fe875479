// What the IKE of all Windows says, as a client and as a gateway.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace agilevpn::sim::stock {

// "MS NT5 ISAKMPOAKLEY" and its version: 7 is Windows 7, 9 is Windows 8 and all later ones ([MS-IKEE] note 6); and
// three more.
std::vector<Bytes> windows_vendor_ids(std::uint8_t version);
// Before anybody told it otherwise, in its order.
std::vector<std::string_view> windows_default_ike();
// With the registry value NegotiateDH2048_AES256: 1 adds to it, 2 stands in its place.
std::vector<std::string_view> windows_ike(int registry_value);
std::vector<std::string_view> windows_default_esp();

}  // namespace agilevpn::sim::stock
