// The Child SAs of one moment (RFC 4301 §4.4.2), by SPI for packets that come and by traffic selectors for packets that
// go.
//
// Its owner keeps one up to date by put() and take(), and hands a copy of it to the packet path, which never changes it.
// What changes with every packet (sequence numbers, replay windows, counters) lives in the SAs, which many databases share.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "esp/inbound_sa.h"
#include "esp/outbound_sa.h"

namespace agilevpn::esp {

// The outer headers (RFC 4301 §4.4.2.1).
struct Tunnel {
  Path path;                       // The ports matter only with UDP encapsulation.
  bool udp_encapsulation = false;  // RFC 3948; else IP protocol 50.
  friend bool operator==(const Tunnel&, const Tunnel&) = default;
};

// A Child SA: its two SAs and where its packets go. A Child SA that moves becomes another pair with the same SAs, which
// knows nothing yet of the new path's MTU.
class SaPair {
 public:
  SaPair(std::shared_ptr<InboundSa> inbound, std::shared_ptr<OutboundSa> outbound, const Tunnel& tunnel);

  InboundSa& inbound() const { return *inbound_; }
  OutboundSa& outbound() const { return *outbound_; }
  const std::shared_ptr<InboundSa>& shared_inbound() const { return inbound_; }
  const std::shared_ptr<OutboundSa>& shared_outbound() const { return outbound_; }
  const Tunnel& tunnel() const { return tunnel_; }

  // The largest inner packet that the path takes, as far as it is known (RFC 4301 §8.2): never nothing. What was learned is
  // forgotten after path_mtu_lifetime, since the path may take more by then. Any thread.
  std::size_t inner_mtu(Instant now) const;
  void set_path_mtu(Instant now, std::size_t outer_mtu);

 private:
  std::shared_ptr<InboundSa> inbound_;
  std::shared_ptr<OutboundSa> outbound_;
  Tunnel tunnel_;
  std::atomic<std::size_t> inner_mtu_;
  std::atomic<Instant> learned_until_{};
};

class SaDatabase {
 public:
  struct Entry {
    std::shared_ptr<SaPair> pair;
    // Where several pairs may seal a packet the one with the highest does, but selectors of one single host come before
    // ranges. 0: it opens only.
    std::uint64_t preference = 0;
  };

  void put(const Entry& entry);  // Takes time with the number of pairs, but little: nothing is looked at but keys.
  void take(const SaPair& pair);

  SaPair* find_inbound(EspSpi spi) const;
  SaPair* find_outbound(const PacketSelectors& packet) const;
  std::size_t size() const { return by_spi_.size(); }

  // One packet of a batch to open.
  struct OpenJob {
    MutableByteView packet;  // From the SPI on.
    std::uint8_t outer_traffic_class = 0;
    SaPair* pair = nullptr;                                                  // Out: whose it is, if any.
    Result<InnerPacket, DropReason> inner = Failure{DropReason::Malformed};  // Out.
  };
  void open(Instant now, std::span<OpenJob> jobs) const;

 private:
  // The keys lie beside each other: a packet's way past them waits for no memory but that of its own pair.
  struct Inbound {
    EspSpi spi;
    std::shared_ptr<SaPair> pair;
  };
  struct Host {
    IpAddress destination;
    std::uint64_t preference;
    SaPair* pair;
  };
  struct Range {
    std::uint64_t preference;
    SaPair* pair;
  };

  std::vector<Inbound> by_spi_;  // Ascending.
  std::vector<Host> by_host_;    // Ascending; for one host the preferred first.
  std::vector<Range> by_range_;  // The preferred first.
};

}  // namespace agilevpn::esp
