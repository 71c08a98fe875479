// The sockets of a worker, by what a tunnel or an IKE message needs.
#pragma once

#include <memory>
#include <vector>

#include "dataplane/datagram_socket.h"
#include "esp/sa_database.h"

namespace agilevpn::dataplane {

class Sockets {
 public:
  explicit Sockets(std::vector<std::unique_ptr<DatagramSocket>> sockets) : sockets_(std::move(sockets)) {}

  // Null if there is none.
  DatagramSocket* find_udp(const Path& path) const { return find(DatagramSocket::Kind::Udp, path.local); }
  DatagramSocket* find(const esp::Tunnel& tunnel) const {
    if (tunnel.udp_encapsulation) return find_udp(tunnel.path);
    return find(DatagramSocket::Kind::Esp, {tunnel.path.local.address, 0});
  }

  auto begin() const { return sockets_.begin(); }
  auto end() const { return sockets_.end(); }
  std::size_t size() const { return sockets_.size(); }

 private:
  DatagramSocket* find(DatagramSocket::Kind kind, const SocketAddress& local) const {
    for (const auto& socket : sockets_)
      if (socket->kind() == kind && serves(socket->local(), local)) return socket.get();
    return nullptr;
  }
  static bool serves(const SocketAddress& own, const SocketAddress& local) {
    const bool is_any = own.address.is_unspecified() && own.address.family() == local.address.family();
    return own.port == local.port && (is_any || own.address == local.address);
  }

  std::vector<std::unique_ptr<DatagramSocket>> sockets_;
};

}  // namespace agilevpn::dataplane
