#include "sim/stock/client.h"

#include <algorithm>

#include "base/pop.h"
#include "esp/sample_packet.h"
#include "sim/stock/datagram.h"

namespace agilevpn::sim::stock {

namespace {

constexpr Duration pause_before_reconnect = 2s;
// How long a gateway waits for a client that is silent; who sleeps longer starts anew, and nobody dropped it. Without
// MOBIKE ours waits no longer than its retransmissions last, which is two minutes at the least.
constexpr Duration longest_wait = 30min;
constexpr Duration longest_wait_without_mobike = 2min;
constexpr Duration pardon = 2min;  // By then a client that woke up knows that its session is gone.
constexpr std::size_t waiting_max = 16;

bool is_router_advertisement(ByteView packet) {
  const auto ip = esp::IpPacket::decode(packet);
  return ip && ip->selectors.protocol == esp::protocol::icmp6 &&
         ip->selectors.source_port == esp::icmp6::router_advertisement;
}

}  // namespace

StockClient::StockClient(Host& host, const Kind& kind, Owner owner, Random& random)
    : host_(host), kind_(kind), owner_(std::move(owner)), random_(random) {
  host.run(this);
}

std::vector<std::string> StockClient::refusals() const {
  auto all = refusals_;
  if (session_) all.insert(all.end(), session_->refusals().begin(), session_->refusals().end());
  return all;
}

Session::Counts StockClient::counts() const {
  Session::Counts sum = counts_;
  if (session_) sum += session_->counts();
  return sum;
}

// ---- Its owner

void StockClient::connect() {
  is_wanted_ = true;
  if (!session_ && !opening_) open(host_.now());
  pump();
  host_.arm();
}

void StockClient::disconnect() {
  is_wanted_ = false;
  opening_.reset();
  reconnect_at_.reset();
  if (session_) session_->close(host_.now());
  pump();
  host_.arm();
}

void StockClient::sleep() {
  asleep_since_ = host_.now();
  host_.sleep();
}

void StockClient::wake() {
  const Instant now = host_.now();
  const Duration slept = asleep_since_ ? now - *asleep_since_ : Duration{};
  if (slept >= (kind_.habits.has_mobike ? longest_wait : longest_wait_without_mobike)) pardon_until_ = now + pardon;
  if (session_ && kind_.habits.outage != Duration{0} && slept >= kind_.habits.outage) end_session(now);  // It knows.
  host_.wake();  // And tells the network change, which moves the session.
}

void StockClient::send(ByteView inner_packet) {
  seal(inner_packet);
  pump();
  host_.arm();
}

void StockClient::seal(ByteView inner_packet) {
  if (!session_) return;
  const auto sealed = data_plane_.seal(inner_packet);
  if (!sealed) {
    if (waiting_.size() < waiting_max) waiting_.push_back(to_bytes(inner_packet));
    return session_->want_child(host_.now());
  }
  give_out(*sealed);
  session_->handle_traffic(host_.now(), inner_packet.size());
}

void StockClient::give_out(const DataPlane::Sealed& sealed) {
  const auto protocol = sealed.path.udp_encapsulation ? Packet::Protocol::Udp : Packet::Protocol::Esp;
  host_.send(sealed.path.path, protocol, sealed.packet);
}

// ---- The network

// What it has is good as long as it is there; else the first interface that is.
std::optional<Path> StockClient::find_path() const {
  for (const auto& interface : host_.interfaces()) {
    if (!interface->is_usable()) continue;
    const auto address = std::ranges::find(interface->addresses(), owner_.gateway.family(), &IpAddress::family);
    if (address != interface->addresses().end())
      return Path{{*address, ike_port}, {owner_.gateway, ike_port}, interface->index()};
  }
  return std::nullopt;
}

bool StockClient::is_usable(const Path& path) const {
  return std::ranges::any_of(host_.interfaces(), [&](const auto& interface) {
    return interface->index() == path.interface && interface->is_usable() && interface->has(path.local.address);
  });
}

void StockClient::handle_network_change() {
  const Instant now = host_.now();
  const bool has_slept = std::exchange(asleep_since_, std::nullopt).has_value();
  const auto path = find_path();
  if (opening_) {
    opening_.reset();
    reconnect_at_ = now;
  } else if (session_ && !path) {
    session_->suspend();
  } else if (session_ && (has_slept || !is_usable(session_->path()))) {
    if (session_->has_mobike()) {
      Path to = is_usable(session_->path()) ? session_->path() : *path;
      to.local.port = to.peer.port = nat_traversal_port;
      session_->move(now, to);
    } else if (!is_usable(session_->path())) {  // Its IKE SA is killed without a word.
      end_session(now);
      reconnect_at_ = now;
    }
  } else if (is_wanted_ && !session_ && path) {
    reconnect_at_ = now;
  }
  pump();
}

void StockClient::handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) {
  const Instant now = host_.now();
  if (protocol == Packet::Protocol::Esp) {
    give(payload);
  } else if (const auto message = ike_message(path, payload)) {
    if (opening_) opening_->handle_datagram(now, path, *message);
    if (session_) session_->handle_datagram(now, path, *message);
  } else {
    give(payload);
  }
  pump();
}

void StockClient::give(ByteView esp) {
  if (!session_) return;
  const auto opened = data_plane_.open(host_.now(), esp);
  if (!opened) return;
  session_->handle_esp(host_.now());
  session_->handle_traffic(host_.now(), opened->inner_packet.size());
  if (is_router_advertisement(opened->inner_packet))
    advertisement_ = opened->inner_packet;
  else if (on_packet)
    on_packet(opened->inner_packet);
}

void StockClient::solicit_router() {
  if (!kind_.habits.solicits_routers || !lease_ || !lease_->ipv6 || !advertisement_.empty()) return;
  const auto sealed = data_plane_.seal(esp::SamplePacket::router_solicitation(*IpAddress::parse("fe80::c0de")).build());
  if (sealed) give_out(*sealed);
}

// ---- Time

void StockClient::handle_timeout() {
  const Instant now = host_.now();
  if (is_due(reconnect_at_, now)) {
    reconnect_at_.reset();
    if (is_wanted_ && !session_ && !opening_) open(now);
  }
  if (is_due(keepalive_at_, now)) {
    keepalive_at_.reset();
    if (session_ && session_->is_behind_nat()) host_.send(session_->path(), Packet::Protocol::Udp, "ff"_hex);
  }
  if (opening_) opening_->handle_timeout(now);
  if (session_) session_->handle_timeout(now);
  pump();
}

std::optional<Instant> StockClient::poll_timeout() const {
  std::optional<Instant> next = reconnect_at_;
  take_earlier(next, keepalive_at_);
  if (opening_) take_earlier(next, opening_->poll_timeout());
  if (session_) take_earlier(next, session_->poll_timeout());
  return next;
}

void StockClient::open(Instant now) {
  if (const auto path = find_path()) opening_ = std::make_unique<Opening>(kind_, owner_, random_, now, *path, lease_);
}

// ---- What came of it

void StockClient::pump() {
  const Instant now = host_.now();
  const auto transmit = [&](const ike::Transmit& out) {
    host_.send(out.path, Packet::Protocol::Udp, udp_payload(out));
  };
  while (const auto out = opening_ ? opening_->poll_transmit() : std::nullopt) transmit(*out);
  if (opening_ && opening_->outcome()) take_outcome(now);
  while (const auto out = session_ ? session_->poll_transmit() : std::nullopt) transmit(*out);
  bool has_new_child = false;
  while (auto change = session_ ? session_->poll_sa_change() : std::nullopt) {
    has_new_child |= std::holds_alternative<ike::InstallChildSa>(*change);
    data_plane_.apply(*std::move(change));
  }
  data_plane_.take_last_reports();
  if (has_new_child)
    for (const Bytes& packet : std::exchange(waiting_, {})) seal(packet);
  if (has_new_child) solicit_router();
  if (session_ && session_->ending()) end_session(now);
  if (session_ && session_->is_behind_nat() && !keepalive_at_) keepalive_at_ = now + kind_.habits.nat_keepalive;
}

void StockClient::take_outcome(Instant now) {
  auto outcome = *std::exchange(opening_->outcome(), std::nullopt);
  opening_.reset();
  if (auto* failed = std::get_if<NotOpened>(&outcome)) return drop(now, std::move(failed->reason));
  auto& opened = std::get<Opened>(outcome);
  ++logins_;
  advertisement_.clear();  // The tunnel's interface is a new one.
  if (lease_ && lease_->ipv4 != opened.lease.ipv4)
    drops_.push_back(
        {now, "its inner address changed from " + lease_->ipv4->to_string() + " to " + opened.lease.ipv4->to_string()});
  lease_ = opened.lease;
  reply_ = opened.reply;
  session_ = std::make_unique<Session>(kind_, random_, now, std::move(opened));
}

void StockClient::end_session(Instant now) {
  const auto ended = std::move(session_);
  while (auto change = ended->poll_sa_change()) data_plane_.apply(*std::move(change));
  std::vector<ike::ChildSaId> left;
  for (const auto& [id, child] : data_plane_.child_sas()) left.push_back(id);
  for (const ike::ChildSaId id : left) data_plane_.apply(ike::RemoveChildSa{id});
  data_plane_.take_last_reports();
  counts_ += ended->counts();
  refusals_.insert(refusals_.end(), ended->refusals().begin(), ended->refusals().end());
  waiting_.clear();
  keepalive_at_.reset();
  if (ended->ending() && !ended->ending()->is_wanted) drop(now, ended->ending()->reason);
}

void StockClient::drop(Instant now, std::string reason) {
  if (now >= pardon_until_) drops_.push_back({now, std::move(reason)});
  if (is_wanted_) reconnect_at_ = now + pause_before_reconnect;
}

}  // namespace agilevpn::sim::stock
