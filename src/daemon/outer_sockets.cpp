#include "daemon/outer_sockets.h"

#include <filesystem>

#include "linux/host_network.h"
#include "linux/raw_esp_socket.h"
#include "linux/udp_socket.h"

namespace agilevpn::daemon {

namespace {

linux::SocketOptions options_for(const IpAddress& address, std::uint16_t port) {
  return {.local = {address, port}, .mark = linux::outer_mark};
}

std::vector<IpAddress> addresses_of(const PacketPathSettings& settings) {
  if (!settings.listen.empty()) return settings.listen;
  if (!std::filesystem::exists("/proc/sys/net/ipv6")) return {IpAddress::any(Family::V4)};
  return {IpAddress::any(Family::V4), IpAddress::any(Family::V6)};
}

Result<void, Error> add_gateway_ports(const IpAddress& address, OuterSockets& outer) {
  for (const std::uint16_t port : {ike_port, nat_traversal_port}) {
    TRY_ASSIGN(auto socket, linux::UdpSocket::open(options_for(address, port)));
    outer.sockets.push_back(std::move(socket));
  }
  return {};
}

// Another IKE daemon may have 4500. A gateway answers whatever port we come from (RFC 7296 §2.23).
Result<void, Error> add_client_port(const IpAddress& address, OuterSockets& outer) {
  auto socket = linux::UdpSocket::open(options_for(address, nat_traversal_port));
  if (!socket) socket = linux::UdpSocket::open(options_for(address, 0));
  if (!socket) return Failure{socket.error()};
  outer.client_ports[address.family()] = (*socket)->local().port;
  outer.sockets.push_back(*std::move(socket));
  return {};
}

}  // namespace

Result<OuterSockets, Error> open_outer_sockets(const PacketPathSettings& settings) {
  OuterSockets outer;
  for (const IpAddress& address : addresses_of(settings)) {
    TRY(settings.is_client ? add_client_port(address, outer) : add_gateway_ports(address, outer));
    TRY_ASSIGN(auto native, linux::RawEspSocket::open(options_for(address, 0)));
    outer.sockets.push_back(std::move(native));
  }
  return outer;
}

}  // namespace agilevpn::daemon
