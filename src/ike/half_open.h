// The places of a responder for sessions that somebody began and nobody has proved yet (RFC 7296 §2.6).
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "base/address.h"
#include "ike/sa_change.h"

namespace agilevpn::ike {

class HalfOpen {
 public:
  // An IKE_SA_INIT request before we have told our SPI: who asks, and with which SPI.
  using Key = std::pair<IkeSpi, SocketAddress>;

  std::optional<IkeSaId> find(const Key& key) const;
  void add(const Key& key, IkeSaId id) { inits_[key] = id; }
  void remove(const Key& key) { inits_.erase(key); }
  std::size_t size() const { return inits_.size(); }
  // Of network_of() this address.
  std::size_t size_of_network(const IpAddress& address) const;
  // Who takes many places gives them up to who has few: the oldest of the network with most of them, for one more of a network that
  // has `of_network`. Nothing: no network has more.
  std::optional<IkeSaId> to_give_way(std::size_t of_network) const;

 private:
  std::map<Key, IkeSaId> inits_;
};

}  // namespace agilevpn::ike
