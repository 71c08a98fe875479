// Two engines, a client and a gateway, and the wire between them, for tests that read like the RFC's diagrams:
//
//   Pair pair = Pair::established({.seed = 7});
//   pair.client.rekey_child_sa();   // CREATE_CHILD_SA { N(REKEY_SA), SA, Ni, TSi, TSr } -->
//   pair.gateway.rekey_child_sa();  // <-- CREATE_CHILD_SA { N(REKEY_SA), SA, Ni, TSi, TSr }
//   pair.run_until_idle();
//   EXPECT_THAT(pair.disagreements(), IsEmpty());
//
// Time is virtual and moves only in run_*() and deliver_next(). Every datagram can be looked at, held, dropped, delivered
// later, replayed or changed. For many hosts, links and NATs see world.h.
#pragma once

#include <map>
#include <set>

#include "ike/proposals.h"
#include "sim/endpoint_host.h"
#include "sim/link.h"

namespace agilevpn::sim {

// "modern" without ML-KEM: the same messages with every OpenSSL.
inline ike::Policy classical_policy() {
  ike::Policy policy = ike::modern_policy();
  policy.ike = ike::without_additional_key_exchanges(policy.ike);
  return policy;
}

struct PairOptions {
  enum class Auth : std::uint8_t { Psk, Certificates };

  std::uint64_t seed = 1;
  Auth auth = Auth::Psk;
  crypto::KeyType key_type = crypto::KeyType::Ed25519;  // Of both certificates.
  ike::EndpointConfig client{.policy = classical_policy(), .is_responder = false};
  ike::EndpointConfig gateway{.policy = classical_policy()};
  Link link{.latency = 10ms};
  bool nat = false;  // The client is behind a port-translating NAT.
};

struct Datagram {
  std::uint64_t number = 0;  // The how manieth on this wire, from 0.
  const EndpointHost* from = nullptr;
  Path path;  // As its receiver sees it.
  Bytes octets;

  std::optional<ike::wire::Header> header() const;
};

class Pair {
 public:
  explicit Pair(PairOptions options = {});
  // connect() was run to its end; both agree.
  static Pair established(PairOptions options = {}) { return Pair{std::move(options), Established{}}; }
  Pair(const Pair&) = delete;

  Instant now() const { return now_; }

  // The request that start() sends; change it before.
  ike::ConnectRequest connect_request() const;
  ike::IkeSaId start() { return client.connect(connect_request()); }

  // ---- Time. Timers that are due before a datagram arrives go first.
  void run_until_idle();  // Until no datagram is in flight. Fires no timer after that.
  void run_for(Duration duration);
  bool run_until(const std::function<bool()>& condition, Duration at_most = 10min);  // Whether it came true.

  // ---- The datagrams in flight, the earliest first.
  bool is_idle() const { return in_flight_.empty(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  void deliver_next();   // Time moves to its arrival, if that is later.
  Datagram take_next();  // Out of flight, to be delivered later or never.
  void drop_next() { static_cast<void>(take_next()); }
  void deliver(const Datagram& datagram) { inject(datagram.path, datagram.octets); }
  // Any octets, at once, to whichever host has path.local; lost if nobody has.
  void inject(const Path& path, ByteView octets);

  // ---- The wire.
  // Looked at when a datagram is sent: true loses it. Empty: only the link's own loss.
  std::function<bool(const Datagram&)> drops;
  void lose_next(std::size_t count) { losing_ = count; }
  // Every datagram that was sent since the start, lost ones too.
  const std::vector<Datagram>& sent() const { return sent_; }
  const Datagram& last_from(const EndpointHost& host) const;
  PairOptions& options() { return options_; }

  // ---- Addresses. What a host sends from an address it has not got, or to one nobody has, is lost.
  std::set<IpAddress> client_addresses;
  std::set<IpAddress> gateway_addresses;
  // The NAT forgets its mappings: from now on other ports.
  void forget_nat_mappings();
  Path client_path(std::string_view local = {},
                   std::string_view peer = {}) const;  // Port 4500; default: the first address.

  // What the two ends do not agree about, one sentence each: IKE SAs, Child SAs, their SPIs, keys and selectors, and what
  // either engine told its data plane wrongly. Empty while all is well and nothing is in flight.
  std::vector<std::string> disagreements() const;

 private:
  struct Established {};
  Pair(PairOptions options, Established);

  void send(EndpointHost& from, ike::Transmit transmit);
  void fly(Datagram datagram);
  void translate(Path& path);
  bool step(Instant limit);

  PairOptions options_;
  Instant now_{};
  SeededRandom wire_random_;
  SeededRandom client_random_;
  SeededRandom gateway_random_;
  std::map<std::pair<Instant, std::uint64_t>, Datagram> in_flight_;  // By arrival, then in the order sent.
  std::uint64_t flight_count_ = 0;
  std::uint64_t sent_count_ = 0;
  std::size_t losing_ = 0;
  std::vector<Datagram> sent_;
  std::map<SocketAddress, std::uint16_t> nat_mappings_;  // Inside address to outside port.
  std::uint16_t next_nat_port_ = 20000;

 public:
  EndpointHost client;
  EndpointHost gateway;
};

}  // namespace agilevpn::sim
