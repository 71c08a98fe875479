// A port-translating NAT box (RFC 4787): mappings per inside address and port, forgotten after a silence or by a reboot.
// It passes UDP and nothing else, as most do; answers come in only from whom was written to.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "base/address.h"
#include "base/time.h"
#include "sim/address_hash.h"

namespace agilevpn::sim {

struct NatOptions {
  IpAddress outside;
  Duration mapping_lifetime = 120s;    // Without a packet from the inside (RFC 4787 REQ-5).
  bool is_endpoint_dependent = false;  // Another mapping for each peer ("symmetric").
  bool preserves_ports = false;        // The outside port is the inside one, where that is free.
  std::uint16_t first_port = 20000;    // Outside ports go on from here, and none is lower.
};

class Nat {
 public:
  explicit Nat(NatOptions options) : options_(options) {}

  // Where a packet from `inside` to `peer` seems to come from.
  SocketAddress outbound(Instant now, const SocketAddress& inside, const SocketAddress& peer);
  // Whom a packet from `peer` to this outside port is for; nothing if no mapping lets it in.
  std::optional<SocketAddress> inbound(Instant now, std::uint16_t port, const SocketAddress& peer);

  // A reboot: every mapping is gone, new ones get other ports.
  void forget();
  void change_outside(const IpAddress& outside);  // And a reboot.
  const IpAddress& outside() const { return options_.outside; }
  std::size_t mapping_count() const { return mappings_.size(); }

 private:
  struct Key {
    SocketAddress inside;
    SocketAddress peer;  // Empty unless endpoint-dependent.
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return AddressHash{}(key.inside) * 31 + AddressHash{}(key.peer); }
  };
  struct Mapping {
    std::uint16_t port = 0;
    std::map<SocketAddress, Instant> peers;  // Who may answer, and when it was last written to.
  };
  void expire(Instant now);
  std::uint16_t free_port(std::uint16_t wished);

  NatOptions options_;
  using Mappings = std::unordered_map<Key, Mapping, KeyHash>;
  Mappings mappings_;
  std::unordered_map<std::uint16_t, Mappings::pointer> by_port_;
  std::uint16_t next_port_ = options_.first_port;
  Instant first_expiry_ = Instant::max();  // No mapping ends before.
};

}  // namespace agilevpn::sim
