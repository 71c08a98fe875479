#include "dataplane/worker.h"

namespace agilevpn::dataplane {

namespace {

constexpr std::size_t tun_at = 1;  // In `waiting_`.
constexpr std::size_t first_socket_at = 2;

}  // namespace

Worker::Worker(Settings settings, std::unique_ptr<TunDevice> tun, std::vector<std::unique_ptr<DatagramSocket>> sockets)
    : settings_(std::move(settings)),
      tun_(std::move(tun)),
      sockets_(std::move(sockets)),
      table_(settings_.replay_window),
      inbound_(*tun_, sockets_, ike_queue_, counters_, settings_.is_router),
      outbound_(*tun_, sockets_, counters_) {
  waiting_.push_back({stop_.get(), POLLIN, 0});
  waiting_.push_back({tun_->fd(), POLLIN, 0});
  for (const auto& socket : sockets_) waiting_.push_back({socket->fd(), POLLIN, 0});
  thread_ = std::jthread{[this] { run(); }};
}

Worker::~Worker() {
  is_stopping_ = true;
  stop_.set();
}

Result<void, Error> Worker::apply(std::span<const ike::SaChange> changes) {
  Result<void, Error> outcome;
  for (const ike::SaChange& change : changes)
    if (auto applied = table_.apply(change); !applied) outcome = std::move(applied);
  if (!changes.empty()) database_.give(table_.snapshot());
  return outcome;
}

bool Worker::send_ike(const Path& path, ByteView message) {
  if (!has_non_esp_marker(path)) return send_udp(path, message);
  return send_udp(path, concat({Bytes(4), message}));
}

bool Worker::send_nat_keepalive(const Path& path) { return send_udp(path, Bytes{std::byte{0xff}}); }

std::vector<ike::TrafficReport> Worker::traffic_reports() {
  database_.collect();
  auto reports = table_.take_last_reports();
  for (ike::TrafficReport& report : table_.traffic_reports()) reports.push_back(report);
  return reports;
}

bool Worker::send_udp(const Path& path, ByteView datagram) {
  DatagramSocket* socket = sockets_.find_udp(path);
  if (socket == nullptr) return false;
  Datagrams datagrams{.path = path, .octets = datagram, .segment_size = datagram.size()};
  SendOutcome outcome = socket->send(datagrams);
  if (outcome == SendOutcome::TooBig) {
    datagrams.may_fragment = true;
    outcome = socket->send(datagrams);
  }
  return outcome == SendOutcome::Sent;
}

void Worker::run() {
  while (!is_stopping_) {
    wait();
    work();
  }
}

// A socket without room stops the TUN: its packets wait in the TUN's own queue, where their senders notice.
void Worker::wait() {
  const DatagramSocket* blocked = outbound_.blocked_on();
  waiting_[tun_at].events = blocked != nullptr ? 0 : POLLIN;
  std::size_t i = first_socket_at;
  for (const auto& socket : sockets_) waiting_[i++].events = socket.get() == blocked ? POLLIN | POLLOUT : POLLIN;
  ::poll(waiting_.data(), waiting_.size(), -1);
}

void Worker::work() {
  const Instant now = settings_.now();
  const esp::SaDatabase& database = database_.latest();
  bool may_send = (waiting_[tun_at].revents & POLLIN) != 0;
  std::size_t i = first_socket_at;
  for (const auto& socket : sockets_) {
    const short events = waiting_[i++].revents;
    if ((events & POLLOUT) != 0) may_send = true;
    if ((events & (POLLIN | POLLERR)) != 0) inbound_.receive(*socket, database, now);
  }
  if (may_send) outbound_.drain(database, now);
  // A TUN that was taken away never comes back; poll() ignores a negative descriptor.
  if ((waiting_[tun_at].revents & (POLLERR | POLLNVAL)) != 0) waiting_[tun_at].fd = -1;
}

}  // namespace agilevpn::dataplane
