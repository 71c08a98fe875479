#include "sim/nat.h"

namespace agilevpn::sim {

SocketAddress Nat::outbound(Instant now, const SocketAddress& inside, const SocketAddress& peer) {
  expire(now);
  const auto [entry, is_new] = mappings_.try_emplace({inside, options_.is_endpoint_dependent ? peer : SocketAddress{}});
  if (is_new) {
    entry->second.port = free_port(inside.port);
    by_port_[entry->second.port] = &*entry;
  }
  entry->second.peers[peer] = now;
  first_expiry_ = std::min(first_expiry_, now + options_.mapping_lifetime);
  return {options_.outside, entry->second.port};
}

std::optional<SocketAddress> Nat::inbound(Instant now, std::uint16_t port, const SocketAddress& peer) {
  expire(now);
  const auto found = by_port_.find(port);
  if (found == by_port_.end() || !found->second->second.peers.contains(peer)) return std::nullopt;
  return found->second->first.inside;
}

void Nat::forget() {
  mappings_.clear();
  by_port_.clear();
  next_port_ = static_cast<std::uint16_t>(next_port_ + 1000);
  options_.preserves_ports = false;
}

void Nat::change_outside(const IpAddress& outside) {
  options_.outside = outside;
  forget();
}

void Nat::expire(Instant now) {
  if (now <= first_expiry_) return;
  first_expiry_ = Instant::max();
  for (auto& [key, mapping] : mappings_) {
    std::erase_if(mapping.peers, [&](const auto& peer) { return now - peer.second > options_.mapping_lifetime; });
    for (const auto& [peer, heard] : mapping.peers)
      first_expiry_ = std::min(first_expiry_, heard + options_.mapping_lifetime);
  }
  std::erase_if(by_port_, [](const auto& entry) { return entry.second->second.peers.empty(); });
  std::erase_if(mappings_, [](const auto& entry) { return entry.second.peers.empty(); });
}

std::uint16_t Nat::free_port(std::uint16_t wished) {
  const auto is_taken = [this](std::uint16_t port) { return by_port_.contains(port); };
  if (options_.preserves_ports && !is_taken(wished)) return wished;
  while (next_port_ < options_.first_port || is_taken(next_port_))
    next_port_ = next_port_ < options_.first_port ? options_.first_port : static_cast<std::uint16_t>(next_port_ + 1);
  return next_port_++;
}

}  // namespace agilevpn::sim
