// A client's side of the host: what a TunnelUp asks for, and its exact undoing.
//
// Routes into the tunnel stand in a table of their own, which one rule for each family has asked before all others, and
// the longest prefix wins there:
//
//   31001: not from all fwmark 0x4500 lookup 4500
//
//   default dev vpn0                 TunnelUp::routes
//   unreachable default              TunnelUp::blocked
//   throw 192.168.1.0/24             TunnelUp::local: as if there were no tunnel, by the tables that follow
//
// No other route of the host comes before the tunnel's, whoever made it: DHCP and router advertisements may bring any.
// IKE and ESP sockets carry the mark, so what they send never goes into the tunnel, whatever its routes are: that is why
// TunnelUp::outside asks for nothing here. Addresses and routes go with the interface; rules and the routes without an
// interface are all that a killed run leaves behind.
#pragma once

#include "client/host_change.h"
#include "linux/host_network.h"
#include "linux/name_servers.h"

namespace agilevpn::linux {

class TunnelHost {
 public:
  static Result<TunnelHost, Error> open(std::string interface);
  TunnelHost(TunnelHost&&) = default;
  TunnelHost& operator=(TunnelHost&&) = default;
  ~TunnelHost() { down(); }

  // Removes what a killed run left behind; how many things that were.
  static Result<std::size_t, Error> remove_leftovers();

  // Changes only what differs from the TunnelUp before. The interface must be there. After an error some of it may be set,
  // and down() removes it.
  Result<void, Error> up(const client::TunnelUp& wanted);
  // Twice is harmless; also when the interface is gone.
  void down();
  // What keeps names from being asked in the tunnel, one sentence; empty if nothing does.
  const std::string& name_servers_warning() const { return name_servers_.warning(); }

 private:
  TunnelHost(std::string interface, HostNetwork network)
      : interface_(std::move(interface)), network_(std::move(network)), name_servers_(interface_) {}
  Result<void, Error> change(const client::TunnelUp& wanted);

  std::string interface_;
  HostNetwork network_;
  NameServers name_servers_;
  client::TunnelUp current_;
};

}  // namespace agilevpn::linux
