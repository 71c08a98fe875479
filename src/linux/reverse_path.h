// Whether the kernel would drop what the tunnel receives: strict reverse-path filtering (net.ipv4.conf.*.rp_filter = 1,
// RFC 3704 §2.2) takes a packet only from the interface that its source would be answered through, and that is the tunnel
// or another network card as soon as the client roams.
#pragma once

#include <string>

namespace agilevpn::linux {

// One sentence with what to do; empty if no interface filters strictly.
std::string reverse_path_warning();

}  // namespace agilevpn::linux
