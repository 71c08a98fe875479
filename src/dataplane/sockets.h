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
  // A client has one socket for each family, whose port it may not have chosen: that serves every path.
  DatagramSocket* find(DatagramSocket::Kind kind, const SocketAddress& local) const {
    DatagramSocket* only = nullptr;
    int count = 0;
    for (const auto& socket : sockets_) {
      const SocketAddress own = socket->local();
      if (socket->kind() != kind || own.address.family() != local.address.family()) continue;
      if (!own.address.is_unspecified() && own.address != local.address) continue;
      if (own.port == local.port) return socket.get();
      only = socket.get();
      ++count;
    }
    return count == 1 ? only : nullptr;
  }

  std::vector<std::unique_ptr<DatagramSocket>> sockets_;
};

}  // namespace agilevpn::dataplane
