// A host of the simulated world that runs a role, client::Connection or gateway::Gateway, as the daemon would: it unwraps
// and wraps datagrams (RFC 3948), seals and opens inner packets, and reports the traffic now and then.
#pragma once

#include <functional>
#include <memory>

#include "client/connection.h"
#include "gateway/gateway.h"
#include "sim/credentials.h"
#include "sim/data_plane.h"
#include "sim/host.h"

namespace agilevpn::sim {

template <class Role, class Event>
class RoleHost : public Program {
 public:
  RoleHost(Host& host, std::unique_ptr<Role> role) : role_(std::move(role)), host_(host) {
    role_->handle_wall_time(host.now(), calendar(host.now()));
    host.run(this);
  }
  ~RoleHost() override { host_.run(nullptr); }

  void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) override;
  void handle_timeout() override;
  std::optional<Instant> poll_timeout() const override;

  // Any of the role's handlers and commands: command([](Role& role, Instant now) { ... }).
  template <class Command>
  void command(Command&& command) {
    command(*role_, host_.now());
    pump();
    host_.arm();
  }
  // An inner packet into the tunnel. False: no Child SA covers it.
  bool send(ByteView inner_packet);
  void send(const DataPlane::Sealed& sealed);
  void report_traffic();

  Host& host() { return host_; }
  Role& role() { return *role_; }
  const Role& role() const { return *role_; }
  DataPlane& data_plane() { return data_plane_; }
  const DataPlane& data_plane() const { return data_plane_; }

  // Inner packets that came out of the tunnel but those of the link, and the role's events. Empty: they are forgotten.
  std::function<void(const DataPlane::Opened&)> on_packet;
  std::function<void(const Event&)> on_event;
  // How often the role hears of traffic. As the daemon's; a simulated week can do with less.
  Duration report_interval = 1s;

 protected:
  virtual void drain() {}
  void pump();

  std::unique_ptr<Role> role_;
  Host& host_;

 private:
  void transmit(const ike::Transmit& out);
  void open(ByteView packet);
  void answer_neighbor(const DataPlane::Opened& opened);

  DataPlane data_plane_;
  std::optional<Instant> report_at_;
};

class ClientHost final : public RoleHost<client::Connection, client::Event> {
 public:
  ClientHost(Host& host, std::unique_ptr<client::Connection> connection) : RoleHost(host, std::move(connection)) {
    handle_network_change();
  }
  void handle_network_change() override;
  const std::optional<client::TunnelUp>& tunnel() const { return tunnel_; }

  // What the resolver answers.
  std::function<std::vector<IpAddress>(const std::string&)> resolve;

 private:
  void drain() override;
  std::optional<client::TunnelUp> tunnel_;
};

class GatewayHost final : public RoleHost<gateway::Gateway, gateway::Event> {
 public:
  GatewayHost(Host& host, std::unique_ptr<gateway::Gateway> gateway) : RoleHost(host, std::move(gateway)) {
    handle_network_change();
  }
  void handle_network_change() override;

  // Who is kept (FindUser, CheckPassword); empty: nobody.
  std::function<gateway::UserAnswer(const gateway::UserQuestion&)> users;
  // What a RADIUS server answers, at once; empty: none is there.
  std::function<std::optional<Bytes>(const gateway::RadiusTransmit&)> radius;

  // Who may come in as whom; empty: everybody as what it is.
  std::function<gateway::Authorization(const gateway::Authorize&)> authorize;
  std::function<gateway::GroupAnswer(const gateway::FindGroup&)> find_group;
  // Empty: all is kept.
  std::function<gateway::Kept(const gateway::KeepLeases&)> keep;
  // ReturnLease, LeadNetwork, ReturnNetwork, SetFirewall and NoteLogin.
  std::function<void(const gateway::UserQuestion&)> on_note;

 private:
  void drain() override;
  void carry_radius();
  void answer(const gateway::UserAsk& ask);
};

}  // namespace agilevpn::sim
