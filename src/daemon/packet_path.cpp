#include "daemon/packet_path.h"

#include "daemon/outer_sockets.h"
#include "daemon/take_ike.h"
#include "dataplane/worker.h"
#include "linux/clock.h"
#include "linux/tun_device.h"

namespace agilevpn::daemon {

struct PacketPath::State {
  State(linux::EventLoop& loop, const PacketPathSettings& settings, std::unique_ptr<dataplane::TunDevice> tun,
        OuterSockets outer, HandleIke handle_ike)
      : client_ports(std::move(outer.client_ports)),
        handle(std::move(handle_ike)),
        worker({.replay_window = settings.replay_window, .now = &linux::now, .is_router = !settings.is_client},
               std::move(tun), std::move(outer.sockets)),
        ike_watch(loop, worker.ike_fd(), [this] { receive_ike(); }) {}

  void receive_ike() {
    take_ike(worker, [this](const dataplane::ReceivedIke& ike) { handle(as_role_sees(ike.path), ike.message); });
  }

  // Between the port that a client has and the 4500 that it stands for.
  Path as_role_sees(Path path) const {
    if (client_ports.contains(path.local.address.family())) path.local.port = nat_traversal_port;
    return path;
  }
  Path as_it_is(Path path) const {
    if (const auto port = client_ports.find(path.local.address.family()); port != client_ports.end())
      path.local.port = port->second;
    return path;
  }
  void translate(ike::InstallChildSa& change) const { change.path.path = as_it_is(change.path.path); }
  void translate(ike::MoveChildSas& change) const { change.path.path = as_it_is(change.path.path); }
  void translate(const ike::UseChildSa&) const {}
  void translate(const ike::PauseChildSas&) const {}
  void translate(const ike::RemoveChildSa&) const {}

  std::map<Family, std::uint16_t> client_ports;
  HandleIke handle;
  dataplane::Worker worker;
  linux::ReadWatch ike_watch;
};

Result<std::unique_ptr<PacketPath>, Error> PacketPath::open(linux::EventLoop& loop, const PacketPathSettings& settings,
                                                            HandleIke handle) {
  TRY_ASSIGN(auto outer, open_outer_sockets(settings));
  TRY_ASSIGN(auto tun, linux::TunDevice::open(settings.interface));
  return std::unique_ptr<PacketPath>{
      new PacketPath(std::make_unique<State>(loop, settings, std::move(tun), std::move(outer), std::move(handle)))};
}

PacketPath::PacketPath(std::unique_ptr<State> state) : state_(std::move(state)) {}
PacketPath::~PacketPath() = default;

void PacketPath::send_ike(const ike::Transmit& transmit) {
  state_->worker.send_ike(state_->as_it_is(transmit.path), transmit.datagram);
}

void PacketPath::send_keepalive(const Path& path) { state_->worker.send_nat_keepalive(state_->as_it_is(path)); }

Result<void, Error> PacketPath::apply(std::vector<ike::SaChange> changes) {
  for (ike::SaChange& change : changes) std::visit([this](auto& what) { state_->translate(what); }, change);
  return state_->worker.apply(changes);
}

std::vector<ike::TrafficReport> PacketPath::traffic() { return state_->worker.traffic_reports(); }

std::vector<ike::TrafficReport> PacketPath::last_traffic() { return state_->worker.last_reports(); }

std::map<std::string, std::uint64_t> PacketPath::drops() const {
  const dataplane::Counters& counters = state_->worker.counters();
  std::map<std::string, std::uint64_t> drops{{"not_sent", counters.send_failures.value()},
                                             {"not_written_to_tun", counters.tun_write_failures.value()},
                                             {"ike_queue_full", counters.ike_dropped.value()}};
  for (std::size_t i = 0; i < esp::drop_reason_count; ++i) {
    const auto reason = static_cast<esp::DropReason>(i);
    drops.emplace(to_string(reason), counters.drops[reason]);
  }
  std::erase_if(drops, [](const auto& drop) { return drop.second == 0; });
  return drops;
}

}  // namespace agilevpn::daemon
