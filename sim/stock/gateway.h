// A stock gateway on a host of the simulated world. It plays its kind (gateway_kind.h) for any number of clients, and
// writes down whom it refused and how sessions ended.
#pragma once

#include "sim/data_plane.h"
#include "sim/host.h"
#include "sim/stock/client.h"
#include "sim/stock/reception.h"

namespace agilevpn::sim::stock {

class StockGateway final : public Program {
 public:
  // `kind` and `random` must outlive it.
  StockGateway(Host& host, const GatewayKind& kind, Site site, Random& random);
  ~StockGateway() override { host_.run(nullptr); }

  // An inner packet to whoever has its destination. False: nobody.
  bool send(ByteView inner_packet);
  std::function<void(ByteView inner_packet)> on_packet;

  // ---- Program
  void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) override;
  void handle_timeout() override;
  std::optional<Instant> poll_timeout() const override;

  // ---- What there is
  Host& host() { return host_; }
  const Site& site() const { return site_; }
  std::vector<const Session*> sessions() const;
  const std::vector<Drop>& endings() const { return endings_; }         // Of sessions.
  const std::vector<std::string>& refused() const { return refused_; }  // Who did not come in.
  Session::Counts counts() const;                                       // Of all sessions.
  std::size_t esp_dropped() const {
    return esp_dropped_;
  }  // In UDP where that was not agreed on, or the other way round.
  std::vector<std::string> mistakes() const;

 private:
  struct Guest {
    std::unique_ptr<Reception> reception;
    std::unique_ptr<Session> session;
    DataPlane data_plane;
    ike::Lease lease;
  };
  void give_ike(Instant now, const Path& from, ByteView datagram);
  void greet(Instant now, const Path& from, ByteView datagram);
  void give_esp(Instant now, bool is_in_udp, ByteView packet);
  std::optional<ike::Lease> free_lease() const;
  void transmit(const ike::Transmit& out);
  void pump();
  void pump(Instant now, Guest& guest);
  void take_outcome(Instant now, Guest& guest);
  bool is_gone(Instant now, Guest& guest);

  Host& host_;
  const GatewayKind& kind_;
  Site site_;
  Random& random_;
  std::vector<std::unique_ptr<Guest>> guests_;
  std::vector<Drop> endings_;
  Session::Counts counts_;  // Of those that ended.
  std::vector<std::string> refused_;
  std::size_t esp_dropped_ = 0;
};

}  // namespace agilevpn::sim::stock
