#include "esp/sa_database.h"

#include <algorithm>
#include <functional>

#include "esp/mtu.h"

namespace agilevpn::esp {

namespace {

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

void SaDatabase::put(const Entry& entry) {
  SaPair* const pair = entry.pair.get();
  const EspSpi spi = pair->inbound().spi();
  by_spi_.insert(std::ranges::lower_bound(by_spi_, spi, {}, &Inbound::spi), {spi, entry.pair});
  if (entry.preference == 0) return;
  const TrafficSelectors& destination = pair->outbound().destination();
  for (const TrafficSelector& ts : destination)
    if (is_host(ts) && !is_of_the_link(ts)) {
      const auto same = std::ranges::equal_range(by_host_, ts.first_address, {}, &Host::destination);
      const auto at = std::ranges::lower_bound(same, entry.preference, std::greater{}, &Host::preference);
      by_host_.insert(at, {ts.first_address, entry.preference, pair});
    }
  if (std::ranges::any_of(destination, is_range))
    by_range_.insert(std::ranges::lower_bound(by_range_, entry.preference, std::greater{}, &Range::preference),
                     {entry.preference, pair});
}

void SaDatabase::take(const SaPair& pair) {
  for (const TrafficSelector& ts : pair.outbound().destination()) {
    const auto same = std::ranges::equal_range(by_host_, ts.first_address, {}, &Host::destination);
    by_host_.erase(std::ranges::remove(same, &pair, &Host::pair).begin(), same.end());
  }
  std::erase_if(by_range_, [&](const Range& range) { return range.pair == &pair; });
  const auto same = std::ranges::equal_range(by_spi_, pair.inbound().spi(), {}, &Inbound::spi);
  const auto gone = std::ranges::find(same, &pair, [](const Inbound& one) { return one.pair.get(); });
  if (gone != same.end()) by_spi_.erase(gone);
}

SaPair* SaDatabase::find_inbound(EspSpi spi) const {
  const auto found = std::ranges::lower_bound(by_spi_, spi, {}, &Inbound::spi);
  return found != by_spi_.end() && found->spi == spi ? found->pair.get() : nullptr;
}

SaPair* SaDatabase::find_outbound(const PacketSelectors& packet) const {
  for (const Host& host : std::ranges::equal_range(by_host_, packet.destination, {}, &Host::destination))
    if (host.pair->outbound().covers(packet)) return host.pair;
  for (const Range& range : by_range_)
    if (range.pair->outbound().covers(packet)) return range.pair;
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
