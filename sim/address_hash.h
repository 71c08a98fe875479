// For maps that are only looked up in: a packet asks several on its way, and a thousand homes make them large. What is
// gone through in order stands in a std::map.
#pragma once

#include <functional>
#include <string_view>

#include "base/address.h"

namespace agilevpn::sim {

struct AddressHash {
  std::size_t operator()(const IpAddress& address) const {
    const ByteView octets = address.bytes();
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(octets.data()), octets.size()});
  }
  std::size_t operator()(const SocketAddress& ends) const { return (*this)(ends.address) * 31 + ends.port; }
};

}  // namespace agilevpn::sim
