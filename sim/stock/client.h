// A stock client on a host of the simulated world: the box that somebody has, and that person's wish to be connected.
// It plays its kind (kind.h) over the real sockets of the host, comes back after whatever ends its session, and writes
// down every end that its owner would have called a drop.
#pragma once

#include "sim/data_plane.h"
#include "sim/host.h"
#include "sim/stock/session.h"

namespace agilevpn::sim::stock {

struct Drop {
  Instant when;
  std::string reason;
};

class StockClient final : public Program {
 public:
  // `kind` and `random` must outlive it.
  StockClient(Host& host, const Kind& kind, Owner owner, Random& random);
  ~StockClient() override { host_.run(nullptr); }

  // ---- Its owner
  void connect();
  void disconnect();
  void sleep();
  void wake();
  // An inner packet. Without a Child SA it waits for the one that the client asks for.
  void send(ByteView inner_packet);
  std::function<void(ByteView inner_packet)> on_packet;

  // ---- Program
  void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) override;
  void handle_network_change() override;
  void handle_timeout() override;
  std::optional<Instant> poll_timeout() const override;

  // ---- What there is
  const Kind& kind() const { return kind_; }
  Host& host() { return host_; }
  bool is_connected() const { return session_ != nullptr; }
  const Session* session() const { return session_.get(); }
  const std::optional<ike::Lease>& lease() const { return lease_; }
  const Bytes& advertisement() const { return advertisement_; }  // Of the gateway, an inner packet. Empty: none came.
  const ike::wire::ConfigurationPayload& reply() const { return reply_; }  // CFG_REPLY, as it came.
  const std::vector<Drop>& drops() const { return drops_; }
  std::size_t logins() const { return logins_; }
  Session::Counts counts() const;  // Of all sessions.
  std::vector<std::string> refusals() const;
  const DataPlane& data_plane() const { return data_plane_; }

 private:
  std::optional<Path> find_path() const;
  bool is_usable(const Path& path) const;
  void open(Instant now);
  void pump();
  void take_outcome(Instant now);
  void end_session(Instant now);
  void drop(Instant now, std::string reason);
  void give(ByteView esp);
  void seal(ByteView inner_packet);
  void solicit_router();
  void give_out(const DataPlane::Sealed& sealed);

  Host& host_;
  const Kind& kind_;
  Owner owner_;
  Random& random_;
  bool is_wanted_ = false;
  std::unique_ptr<Opening> opening_;
  std::unique_ptr<Session> session_;
  DataPlane data_plane_;
  std::optional<ike::Lease> lease_;
  ike::wire::ConfigurationPayload reply_;
  Bytes advertisement_;
  std::deque<Bytes> waiting_;  // Inner packets.
  std::optional<Instant> reconnect_at_, keepalive_at_;
  std::optional<Instant> asleep_since_;
  Instant pardon_until_{};  // Ends until then are nobody's fault: it slept for longer than anybody waits.
  std::vector<Drop> drops_;
  std::size_t logins_ = 0;
  Session::Counts counts_;
  std::vector<std::string> refusals_;
};

}  // namespace agilevpn::sim::stock
