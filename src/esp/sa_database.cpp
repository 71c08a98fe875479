#include "esp/sa_database.h"

#include <tuple>

#include "esp/mtu.h"

namespace agilevpn::esp {

namespace {

EspSpi inbound_spi(const std::shared_ptr<SaPair>& pair) { return pair->inbound().spi(); }
bool is_host(const TrafficSelector& ts) { return ts.first_address == ts.last_address; }
// Every client may have any such address (RFC 4291 §2.5.6): a packet to one goes by no selector.
bool is_of_the_link(const TrafficSelector& ts) {
  return esp::is_of_the_link(ts.first_address) && esp::is_of_the_link(ts.last_address);
}
bool is_range(const TrafficSelector& ts) { return !is_host(ts) && !is_of_the_link(ts); }

}  // namespace

SaPair::SaPair(std::shared_ptr<InboundSa> inbound, std::shared_ptr<OutboundSa> outbound, const Tunnel& tunnel)
    : inbound_(std::move(inbound)), outbound_(std::move(outbound)), tunnel_(tunnel), inner_mtu_(largest_ip_packet) {}

std::size_t SaPair::inner_mtu(Instant now) const {
  if (now >= learned_until_.load(std::memory_order_relaxed)) return largest_ip_packet;
  return inner_mtu_.load(std::memory_order_relaxed);
}

void SaPair::set_path_mtu(Instant now, std::size_t outer_mtu) {
  const Encapsulation encapsulation{tunnel_.path.peer.address.family(), tunnel_.udp_encapsulation};
  const std::size_t credible = std::max(outer_mtu, smallest_path_mtu);
  inner_mtu_.store(esp::inner_mtu(credible, outbound_->layout(), encapsulation), std::memory_order_relaxed);
  learned_until_.store(now + path_mtu_lifetime, std::memory_order_relaxed);
}

SaDatabase::SaDatabase(std::vector<Entry> entries) {
  for (const Entry& entry : entries) {
    by_spi_.push_back(entry.pair);
    if (!entry.may_seal) continue;
    const TrafficSelectors& destination = entry.pair->outbound().destination();
    for (const TrafficSelector& ts : destination)
      if (is_host(ts) && !is_of_the_link(ts)) by_host_.push_back({ts.first_address, by_host_.size(), entry.pair.get()});
    if (std::ranges::any_of(destination, is_range)) by_range_.push_back(entry.pair.get());
  }
  std::ranges::sort(by_spi_, {}, inbound_spi);
  std::ranges::sort(by_host_, {}, [](const Host& host) { return std::tie(host.destination, host.rank); });
}

SaPair* SaDatabase::find_inbound(EspSpi spi) const {
  const auto found = std::ranges::lower_bound(by_spi_, spi, {}, inbound_spi);
  return found != by_spi_.end() && inbound_spi(*found) == spi ? found->get() : nullptr;
}

SaPair* SaDatabase::find_outbound(const PacketSelectors& packet) const {
  for (const Host& host : std::ranges::equal_range(by_host_, packet.destination, {}, &Host::destination))
    if (host.pair->outbound().covers(packet)) return host.pair;
  for (SaPair* pair : by_range_)
    if (pair->outbound().covers(packet)) return pair;
  return nullptr;
}

void SaDatabase::open(Instant now, std::span<OpenJob> jobs) const {
  for (OpenJob& job : jobs) {
    job.pair = job.packet.size() < fixed_header_size ? nullptr : find_inbound({load<std::uint32_t>(job.packet, 0)});
    if (job.pair != nullptr)
      job.inner = job.pair->inbound().open(now, job.packet, job.outer_traffic_class);
    else
      job.inner = Failure{job.packet.size() < fixed_header_size ? DropReason::Malformed : DropReason::UnknownSpi};
  }
}

}  // namespace agilevpn::esp
