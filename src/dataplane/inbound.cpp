#include "dataplane/inbound.h"

#include "esp/mtu.h"
#include "esp/router_advertisement.h"

namespace agilevpn::dataplane {

namespace {

constexpr std::size_t marker_size = 4;  // RFC 3948 §2.2

bool is_nat_keepalive(ByteView datagram) { return datagram.size() == 1 && datagram[0] == std::byte{0xff}; }

bool has_marker(ByteView datagram) {
  return datagram.size() >= marker_size && esp::load<std::uint32_t>(datagram, 0) == 0;
}

}  // namespace

Inbound::Inbound(TunDevice& tun, const Sockets& sockets, IkeQueue& ike_queue, Counters& counters, bool is_router)
    : mtu_(tun),
      sockets_(sockets),
      ike_queue_(ike_queue),
      counters_(counters),
      is_router_(is_router),
      coalescer_(tun, counters),
      storage_(limits::receive_buffers * largest_datagram),
      buffers_(limits::receive_buffers) {
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    buffers_[i].buffer = MutableByteView{storage_}.subspan(i * largest_datagram, largest_datagram);
  jobs_.reserve(limits::open_batch_max);
}

void Inbound::receive(DatagramSocket& socket, const esp::SaDatabase& database, Instant now) {
  mtu_.begin_turn();
  advertisements_left_ = limits::advertisements_per_turn;
  for (int turn = 0; turn < limits::receives_per_turn; ++turn) {
    const std::size_t count = socket.receive(buffers_);
    counters_.receives.add();
    for (const ReceivedDatagrams& datagrams : std::span{buffers_}.first(count)) {
      for (MutableByteView rest = datagrams.octets; !rest.empty();) {
        const std::size_t size = std::min(rest.size(), datagrams.segment_size);
        dispatch(socket.kind(), datagrams, rest.first(size));
        rest = rest.subspan(size);
        if (jobs_.size() == limits::open_batch_max) open(database, now);
      }
    }
    open(database, now);
    if (count < buffers_.size()) return;
  }
}

void Inbound::dispatch(DatagramSocket::Kind kind, const ReceivedDatagrams& datagrams, MutableByteView datagram) {
  const bool is_udp = kind == DatagramSocket::Kind::Udp;
  if (is_udp && is_nat_keepalive(datagram)) return counters_.keepalives_received.add();
  if (is_udp && !has_non_esp_marker(datagrams.path)) return queue_ike(datagrams.path, datagram);
  if (is_udp && has_marker(datagram)) return queue_ike(datagrams.path, datagram.subspan(marker_size));
  jobs_.push_back({.packet = datagram, .outer_traffic_class = datagrams.traffic_class});
}

void Inbound::queue_ike(const Path& path, ByteView message) {
  counters_.ike_received.add();
  if (!ike_queue_.push(path, message)) counters_.ike_dropped.add();
}

void Inbound::open(const esp::SaDatabase& database, Instant now) {
  database.open(now, jobs_);
  for (esp::SaDatabase::OpenJob& job : jobs_) deliver(job, now);
  coalescer_.flush();
  jobs_.clear();
}

void Inbound::deliver(esp::SaDatabase::OpenJob& job, Instant now) {
  if (!job.inner) return counters_.drops.count(job.inner.error());
  counters_.packets_opened.add();
  const auto& [octets, ip] = *job.inner;
  if (esp::is_of_the_link(ip.selectors.source)) return answer_neighbor(job);
  if (esp::is_tcp_syn(octets, ip)) esp::clamp_mss(octets, ip, std::min(mtu_.get(), job.pair->inner_mtu(now)));
  coalescer_.add(*job.inner);
}

// What an interface says to its neighbours goes no further than the tunnel (RFC 4291 §2.5.6), and is nobody's loss.
void Inbound::answer_neighbor(const esp::SaDatabase::OpenJob& job) {
  const auto& [octets, ip] = *job.inner;
  if (!is_router_ || advertisements_left_ == 0) return;
  const auto sealed = esp::answer_solicitation(octets, ip, *job.pair, mtu_.get());
  const esp::Tunnel& tunnel = job.pair->tunnel();
  DatagramSocket* const socket = sockets_.find(tunnel);
  if (!sealed || socket == nullptr) return;
  --advertisements_left_;
  Datagrams datagrams{.path = tunnel.path, .octets = *sealed, .segment_size = sealed->size(), .may_fragment = true};
  const bool is_sent = socket->send(datagrams) == SendOutcome::Sent;
  counters_.sends.add();
  (is_sent ? counters_.packets_sealed : counters_.send_failures).add();
}

}  // namespace agilevpn::dataplane
