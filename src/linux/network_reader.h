// Reads links, addresses and routes from the kernel into one snapshot.
#pragma once

#include "linux/netlink_socket.h"
#include "mobility/network.h"

namespace agilevpn::linux {

// Everything but loopback, the interfaces `without_interfaces` and the routes of table `without_table`. Only routes
// that packets could take now: unicast, of no link that is down. The error is an errno.
Result<mobility::Network, int> read_network(NetlinkSocket& netlink, const std::vector<std::string>& without_interfaces,
                                            std::uint32_t without_table);

// By what sysfs says of the interface; Other for what is no network card, such as a tunnel.
mobility::LinkType link_type(const std::string& interface, unsigned short hardware_type);

}  // namespace agilevpn::linux
