#include "sim/ledger.h"

#include <algorithm>

#include "base/codec.h"
#include "esp/sample_packet.h"

namespace agilevpn::sim {

namespace {

constexpr std::size_t number_size = 8;

bool covers(const TrafficSelectors& selectors, const IpAddress& address) {
  return std::ranges::any_of(selectors, [&](const TrafficSelector& selector) { return selector.contains(address); });
}

}  // namespace

Bytes Ledger::make(const IpAddress& from, const IpAddress& to) {
  esp::SamplePacket packet{.source = from, .destination = to};
  packet.payload = Writer{}.u64(sent_.size()).take();
  sent_.push_back({packet.build()});
  return sent_.back().packet;
}

std::optional<std::uint64_t> Ledger::arrived(ByteView packet, const ike::InstallChildSa& child) {
  const auto wrong = [this](std::string what) {
    violations_.push_back(std::move(what));
    return std::nullopt;
  };
  const auto ip = esp::IpPacket::decode(packet);
  if (!ip || packet.size() < number_size) return wrong("what came out of a tunnel is no IP packet");
  const auto number = *Reader{packet.last(number_size)}.u64("number");
  if (number >= sent_.size()) return wrong("a packet came out of a tunnel that nobody sent");
  const std::string name = "packet " + std::to_string(number);
  Sent& sent = sent_[number];
  if (std::exchange(sent.has_arrived, true)) return wrong(name + " was accepted twice");
  if (!equal(sent.packet, packet)) return wrong(name + " was changed on its way");
  if (!covers(child.ts_remote, ip->selectors.source) || !covers(child.ts_local, ip->selectors.destination))
    return wrong(name + " was accepted outside of the selectors of its Child SA");
  sent.packet = {};
  ++arrived_count_;
  return number;
}

}  // namespace agilevpn::sim
