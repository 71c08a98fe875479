#include "dataplane/outbound.h"

#include "dataplane/limits.h"
#include "esp/mtu.h"

namespace agilevpn::dataplane {

namespace {

// Whether a packet above the path's MTU goes on in outer fragments: its sender allows fragments (RFC 4301 §8.1), or may
// not be asked for less (RFC 8200 §5).
bool must_get_through(const esp::IpPacket& ip, std::size_t size) {
  return ip.may_fragment || (!ip.is_v4() && size <= esp::ipv6_minimum_mtu);
}

}  // namespace

Outbound::Outbound(TunDevice& tun, const Sockets& sockets, Counters& counters)
    : tun_(tun), mtu_(tun), sockets_(sockets), counters_(counters), buffer_(largest_packet) {}

void Outbound::drain(const esp::SaDatabase& database, Instant now) {
  now_ = now;
  mtu_.begin_turn();
  icmp_errors_left_ = limits::icmp_errors_per_turn;
  if (blocked_on_ != nullptr && !send()) return;
  for (int reads = 0; reads < limits::tun_reads_per_turn; ++reads) {
    if (!packet_) {
      packet_ = tun_.read(buffer_);
      next_segment_ = 0;
      if (!packet_) break;
      counters_.tun_reads.add();
    }
    if (!forward(database)) return;
    packet_.reset();
  }
  flush();
}

// False if a socket without room stopped it; it goes on at next_segment_ then, with whatever SA covers the packet by
// that time.
bool Outbound::forward(const esp::SaDatabase& database) {
  const auto ip = esp::IpPacket::decode(packet_->octets);
  const auto segments = ip ? Segments::of(*packet_, *ip) : std::nullopt;
  if (!segments) {
    counters_.drops.count(esp::DropReason::BadInnerPacket);
    return true;
  }
  esp::SaPair* pair = database.find_outbound(ip->selectors);
  if (pair == nullptr) {
    if (ip->selectors.destination.is_multicast())
      return true;  // What an interface says to its neighbours is nobody's loss.
    counters_.drops.count(esp::DropReason::NoOutboundSa, segments->count());
    refuse(*ip, esp::IcmpError::Prohibited, 0);
    return true;
  }
  const std::size_t mtu = pair->inner_mtu(now_);
  const bool is_too_big = segments->size(0) > mtu;
  if (is_too_big && !must_get_through(*ip, segments->size(0))) {
    counters_.drops.count(esp::DropReason::TooBig, segments->count());
    refuse(*ip, esp::IcmpError::TooBig, mtu);
    return true;
  }
  const SealBatch::Kind kind{pair, ip->traffic_class, is_too_big};
  for (; next_segment_ < segments->count(); ++next_segment_)
    if (!append(kind, *segments, next_segment_, *ip)) return false;
  return true;
}

bool Outbound::append(const SealBatch::Kind& kind, const Segments& segments, std::size_t index,
                      const esp::IpPacket& ip) {
  const std::size_t size = segments.size(index);
  if (!batch_.takes(kind, size) && !flush()) return false;
  const MutableByteView out = batch_.add(kind, size);
  segments.write(index, out);
  if (esp::is_tcp_syn(out, ip)) esp::clamp_mss(out, ip, std::min(mtu_.get(), kind.pair->inner_mtu(now_)));
  return true;
}

void Outbound::refuse(const esp::IpPacket& ip, esp::IcmpError error, std::size_t mtu) {
  if (icmp_errors_left_-- <= 0) return;
  const auto answer = esp::icmp_error(error, packet_->octets, ip, mtu);
  const ByteView octets = answer ? ByteView{*answer} : ByteView{};
  if (answer) tun_.write({}, std::span{&octets, 1});
}

// False if a socket has no room: the batch stays, sealed.
bool Outbound::flush() {
  if (batch_.is_empty()) return true;
  learning_pair_ = batch_.kind().pair;
  if (batch_.seal()) return send();
  counters_.drops.count(esp::DropReason::SequenceExhausted, batch_.count());
  batch_.clear();
  return true;
}

bool Outbound::send() {
  DatagramSocket* socket = sockets_.find(batch_.tunnel());
  SendOutcome outcome = socket == nullptr ? SendOutcome::Failed : socket->send(batch_.datagrams());
  if (outcome == SendOutcome::TooBig) outcome = send_in_fragments(*socket);
  blocked_on_ = outcome == SendOutcome::WouldBlock ? socket : nullptr;
  if (blocked_on_ != nullptr) {
    learning_pair_ = nullptr;
    return false;
  }
  counters_.sends.add();
  if (outcome == SendOutcome::Sent)
    counters_.packets_sealed.add(batch_.count());
  else
    counters_.send_failures.add(batch_.count());
  batch_.clear();
  return true;
}

// These packets are sealed and cannot be split any more; from the next one on the path's MTU is known.
SendOutcome Outbound::send_in_fragments(DatagramSocket& socket) {
  const Path& path = batch_.tunnel().path;
  if (learning_pair_ != nullptr)
    learning_pair_->set_path_mtu(now_, socket.path_mtu(path).value_or(esp::ipv6_minimum_mtu));
  batch_.datagrams().may_fragment = true;
  return socket.send(batch_.datagrams());
}

}  // namespace agilevpn::dataplane
