// Stock clients as the files of a profile set them up: what a file does not say, the client of its maker does by habit
// (sim/stock). The readers take no Request and no Suite: nothing but what the device would have in its hands.
#pragma once

#include <functional>

#include "profiles/file.h"
#include "sim/stock/kind.h"
#include "sim/stock/owner.h"

namespace agilevpn::stock_profiles {

struct SetUp {
  sim::stock::Kind kind;
  sim::stock::Owner owner;
  std::string dialled;  // The gateway's address, as it would be typed.
};

// What the user types where the device asks.
struct Typed {
  std::string user, password, certificate_password;
};

// Each throws std::logic_error for a file that its device would not take.
SetUp read_windows(const profiles::Files& files,
                   const Typed& typed);  // The script, with ProfileXML, which must say the same.
SetUp read_windows7(const profiles::Files& files, const Typed& typed);  // .cmd, .reg, .pbk and certificates.
SetUp read_iphone(const profiles::Files& files, const Typed& typed);    // .mobileconfig
SetUp read_mac(const profiles::Files& files, const Typed& typed);       // The same file.
SetUp read_app(const profiles::Files& files, const Typed& typed);       // .sswan
SetUp read_swanctl(const profiles::Files& files, const Typed& typed);   // /etc/swanctl

}  // namespace agilevpn::stock_profiles
