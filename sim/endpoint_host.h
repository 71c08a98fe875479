// A host that runs a raw ike::Endpoint: it answers the engine's questions from its Credentials, keeps what the engine
// tells the data plane, and writes down its events. Whoever owns it hands in datagrams and takes the ones it sends.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ike/endpoint.h"
#include "sim/credentials.h"
#include "sim/data_plane.h"

namespace agilevpn::sim {

struct EndpointHostOptions {
  std::string name;  // For messages: "client".
  ike::EndpointConfig config;
  Credentials credentials;
  TrafficSelectors ts_local;  // What a peer may reach here.
  // EAP by script: what a gateway begins with, and what either end does with a packet.
  std::function<ike::Answer(const ike::AuthenticatePeer&)> start_eap;
  std::function<ike::Answer(const ike::ContinueEap&)> continue_eap;
};

class EndpointHost {
 public:
  using Send = std::function<void(EndpointHost& from, ike::Transmit)>;

  // `now` is the world's clock; it, `random` and what `send` refers to outlive the host.
  EndpointHost(EndpointHostOptions options, Random& random, const Instant& now, Send send);

  // ---- The world.
  void handle_datagram(const Path& path, ByteView datagram);
  void handle_timeout();
  std::optional<Instant> poll_timeout() const { return engine_.poll_timeout(); }

  // ---- Commands of the engine, at the world's time. Without a handle they mean the only session, the newest Child SA.
  ike::IkeSaId connect(ike::ConnectRequest request);
  void close();
  void rekey_ike_sa();
  void rekey_child_sa();
  void rekey_child_sa(ike::ChildSaId child);
  void create_child_sa(TrafficSelectors ts_local, TrafficSelectors ts_remote);
  void move(const Path& path);
  void check_path(const Path& path);
  void suspend();
  void announce_addresses(std::vector<IpAddress> addresses);
  void report_traffic(const ike::TrafficReport& report);
  // Any other: command([](Endpoint& engine, Instant now) { ... }).
  template <class Command>
  auto command(Command&& command) {
    struct Pump {
      EndpointHost& host;
      ~Pump() { host.pump(); }
    } pump_afterwards{*this};
    return command(engine_, now_);
  }

  // ---- Questions: answered at once, unless held.
  void hold_asks() { holds_asks_ = true; }
  std::size_t held_asks() const { return asks_.size(); }
  void answer_held();                         // All of them, as usual; later ones are answered at once again.
  void answer_held_with(ike::Answer answer);  // The oldest.

  // ---- What there is.
  const std::string& name() const { return options_.name; }
  ike::Endpoint& engine() { return engine_; }
  const ike::Endpoint& engine() const { return engine_; }
  EndpointHostOptions& options() { return options_; }
  const EndpointHostOptions& options() const { return options_; }
  // What a peer gets whom we believe.
  ike::PeerAccepted accept(std::variant<crypto::PublicKey, Secret> key) const;
  // The session, the first if there are several. Must exist.
  ike::IkeSaInfo ike_sa() const;
  bool has_ike_sa() const { return engine_.ike_sa_count() != 0; }
  // As the data plane knows them: installed, moved and not yet removed.
  const std::map<ike::ChildSaId, ike::InstallChildSa>& child_sas() const { return data_plane_.child_sas(); }
  const ike::InstallChildSa& child_sa() const;  // The newest. Must exist.
  const std::map<ike::IkeSaId, ike::Lease>& leases() const { return leases_; }
  DataPlane& data_plane() { return data_plane_; }
  const DataPlane& data_plane() const { return data_plane_; }
  const std::vector<ike::KeyLogEntry>& key_log() const { return key_log_; }  // While the engine logs keys.

  const std::vector<ike::Event>& events() const { return events_; }
  void forget_events() { events_.clear(); }
  template <class Fact>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events_, [](const ike::Event& event) { return std::holds_alternative<Fact>(event); }));
  }
  template <class Fact>
  const Fact* last() const {  // nullptr if it never happened.
    const Fact* found = nullptr;
    for (const ike::Event& event : events_)
      if (const Fact* fact = std::get_if<Fact>(&event)) found = fact;
    return found;
  }

 private:
  void pump();
  ike::Answer answer(const ike::AuthenticatePeer& peer);
  ike::Answer answer(const ike::ContinueEap& eap);
  ike::Answer answer(const ike::Sign& sign);
  ike::Answer answer(const ike::AssignAddresses& wish);

  EndpointHostOptions options_;
  const Instant& now_;
  Send send_;
  ike::Endpoint engine_;
  bool holds_asks_ = false;
  std::vector<ike::Ask> asks_;
  DataPlane data_plane_;
  std::map<ike::IkeSaId, ike::Lease> leases_;
  std::vector<ike::Event> events_;
  std::vector<ike::KeyLogEntry> key_log_;
};

}  // namespace agilevpn::sim
