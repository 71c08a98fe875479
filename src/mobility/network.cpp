#include "mobility/network.h"

namespace agilevpn::mobility {

std::string_view to_string(LinkType type) {
  switch (type) {
    case LinkType::Ethernet: return "ethernet";
    case LinkType::Wifi: return "wifi";
    case LinkType::Mobile: return "mobile";
    case LinkType::Other: return "other";
  }
  return "other";
}

}  // namespace agilevpn::mobility
