#include "sim/data_plane.h"

#include <algorithm>

#include "base/check.h"
#include "esp/router_advertisement.h"

namespace agilevpn::sim {

namespace {

constexpr std::size_t tunnel_mtu = 1400;  // Of the tunnel's interface.

esp::Tunnel tunnel_of(const ike::EspPath& path) { return {path.path, path.udp_encapsulation}; }

ike::TrafficReport report_of(ike::ChildSaId child, const esp::SaPair& pair) {
  return {.child = child,
          .last_inbound = pair.inbound().last_inbound(),
          .bytes_in = pair.inbound().bytes(),
          .bytes_out = pair.outbound().bytes(),
          .packets_in = pair.inbound().packets(),
          .packets_out = pair.outbound().sequence_number(),
          .sequence_number = pair.outbound().sequence_number()};
}

}  // namespace

std::shared_ptr<esp::SaPair> make_sa_pair(const ike::InstallChildSa& child) {
  auto inbound = esp::InboundSa::make({.spi = child.spi_inbound,
                                       .suite = child.suite,
                                       .encryption_key = child.inbound_encryption_key.view(),
                                       .integrity_key = child.inbound_integrity_key.view(),
                                       .extended_sequence_numbers = child.extended_sequence_numbers,
                                       .source = child.ts_remote,
                                       .destination = child.ts_local});
  auto outbound = esp::OutboundSa::make({.spi = child.spi_outbound,
                                         .suite = child.suite,
                                         .encryption_key = child.outbound_encryption_key.view(),
                                         .integrity_key = child.outbound_integrity_key.view(),
                                         .extended_sequence_numbers = child.extended_sequence_numbers,
                                         .source = child.ts_local,
                                         .destination = child.ts_remote});
  CHECK(inbound && outbound);
  return std::make_shared<esp::SaPair>(std::move(inbound), std::move(outbound), tunnel_of(child.path));
}

void DataPlane::apply(ike::SaChange sa_change) {
  std::visit([this](auto& what) { change(std::move(what)); }, sa_change);
}

void DataPlane::publish(const Pair& pair) { database_.put({pair.pair, pair.is_paused ? 0 : pair.used_since}); }

template <class Work>
void DataPlane::change_all(ike::IkeSaId ike_sa, Work work) {
  for (auto& [id, child] : child_sas_) {
    if (child.ike_sa != ike_sa) continue;
    Pair& pair = pairs_.at(id);
    database_.take(*pair.pair);
    work(child, pair);
    publish(pair);
  }
}

void DataPlane::change(ike::InstallChildSa install) {
  const ike::ChildSaId child = install.child;
  if (child_sas_.contains(child)) return mistakes_.push_back("a Child SA was installed twice");
  if (by_spi_.contains(install.spi_inbound)) return mistakes_.push_back("an SPI was used twice");
  by_spi_[install.spi_inbound] = child;
  publish(pairs_[child] = {make_sa_pair(install), install.use_outbound ? ++uses_ : 0});
  child_sas_.emplace(child, std::move(install));
}

void DataPlane::change(const ike::UseChildSa& use) {
  const auto found = child_sas_.find(use.child);
  if (found == child_sas_.end()) return mistakes_.push_back("an unknown Child SA was to be used");
  found->second.use_outbound = true;
  Pair& pair = pairs_.at(use.child);
  database_.take(*pair.pair);
  pair.used_since = ++uses_;
  publish(pair);
}

void DataPlane::change(const ike::MoveChildSas& move) {
  change_all(move.ike_sa, [&](ike::InstallChildSa& child, Pair& moved) {
    child.path = move.path;
    moved.is_paused = false;
    moved.pair = std::make_shared<esp::SaPair>(moved.pair->shared_inbound(), moved.pair->shared_outbound(),
                                               tunnel_of(move.path));
  });
}

void DataPlane::change(const ike::PauseChildSas& pause) {
  change_all(pause.ike_sa, [](ike::InstallChildSa&, Pair& paused) { paused.is_paused = true; });
}

void DataPlane::change(const ike::RemoveChildSa& remove) {
  const auto found = child_sas_.find(remove.child);
  if (found == child_sas_.end()) return mistakes_.push_back("an unknown Child SA was to be removed");
  by_spi_.erase(found->second.spi_inbound);
  child_sas_.erase(found);
  const auto gone = pairs_.extract(remove.child);
  database_.take(*gone.mapped().pair);
  last_reports_.push_back(report_of(remove.child, *gone.mapped().pair));
  last_reports_.back().is_last = true;
}

std::optional<DataPlane::Sealed> DataPlane::seal(ByteView inner_packet) {
  const auto ip = esp::IpPacket::decode(inner_packet);
  CHECK(ip);
  esp::SaPair* const pair = database_.find_outbound(ip->selectors);
  if (pair == nullptr) return std::nullopt;
  auto sealed = pair->outbound().seal(inner_packet);
  if (!sealed) return std::nullopt;
  return Sealed{{pair->tunnel().path, pair->tunnel().udp_encapsulation}, *std::move(sealed)};
}

DataPlane::Sealed DataPlane::seal_anyway(ike::ChildSaId child, ByteView inner_packet) {
  return {child_sas_.at(child).path, *pairs_.at(child).pair->outbound().seal(inner_packet)};
}

Result<DataPlane::Opened, esp::DropReason> DataPlane::open(Instant now, ByteView packet) {
  Bytes octets = to_bytes(packet);
  esp::SaDatabase::OpenJob job{.packet = octets};
  database_.open(now, {&job, 1});
  if (!job.inner) return Failure{job.inner.error()};
  return Opened{by_spi_.at(job.pair->inbound().spi()), to_bytes(job.inner->octets)};
}

std::optional<DataPlane::Sealed> DataPlane::answer_neighbor(const Opened& opened) {
  const auto ip = esp::IpPacket::decode(opened.inner_packet);
  auto sealed = esp::answer_solicitation(opened.inner_packet, *ip, *pairs_.at(opened.child).pair, tunnel_mtu);
  if (!sealed) return std::nullopt;
  return Sealed{child_sas_.at(opened.child).path, *std::move(sealed)};
}

std::vector<ike::TrafficReport> DataPlane::reports() const {
  std::vector<ike::TrafficReport> reports;
  for (const auto& [child, pair] : pairs_) reports.push_back(report_of(child, *pair.pair));
  return reports;
}

std::vector<ike::TrafficReport> DataPlane::new_reports() {
  std::vector<ike::TrafficReport> reports;
  for (auto& [child, pair] : pairs_) {
    const std::uint64_t packets = pair.pair->inbound().packets() + pair.pair->outbound().sequence_number();
    if (std::exchange(pair.reported, packets) != packets) reports.push_back(report_of(child, *pair.pair));
  }
  return reports;
}

}  // namespace agilevpn::sim
