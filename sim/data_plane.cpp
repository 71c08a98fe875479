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
  is_stale_ = true;
}

void DataPlane::change(ike::InstallChildSa install) {
  const ike::ChildSaId child = install.child;
  if (child_sas_.contains(child)) return mistakes_.push_back("a Child SA was installed twice");
  if (by_spi_.contains(install.spi_inbound)) return mistakes_.push_back("an SPI was used twice");
  by_spi_[install.spi_inbound] = child;
  pairs_[child] = {make_sa_pair(install), install.use_outbound ? ++uses_ : 0};
  child_sas_.emplace(child, std::move(install));
}

void DataPlane::change(const ike::UseChildSa& use) {
  const auto found = child_sas_.find(use.child);
  if (found == child_sas_.end()) return mistakes_.push_back("an unknown Child SA was to be used");
  found->second.use_outbound = true;
  pairs_.at(use.child).used_since = ++uses_;
}

void DataPlane::change(const ike::MoveChildSas& move) {
  for (auto& [id, child] : child_sas_) {
    if (child.ike_sa != move.ike_sa) continue;
    child.path = move.path;
    pairs_.at(id).is_paused = false;
    auto& pair = pairs_.at(id).pair;
    pair = std::make_shared<esp::SaPair>(pair->shared_inbound(), pair->shared_outbound(), tunnel_of(move.path));
  }
}

void DataPlane::change(const ike::PauseChildSas& pause) {
  for (auto& [id, child] : child_sas_)
    if (child.ike_sa == pause.ike_sa) pairs_.at(id).is_paused = true;
}

void DataPlane::change(const ike::RemoveChildSa& remove) {
  const auto found = child_sas_.find(remove.child);
  if (found == child_sas_.end()) return mistakes_.push_back("an unknown Child SA was to be removed");
  by_spi_.erase(found->second.spi_inbound);
  child_sas_.erase(found);
  last_reports_.push_back(report_of(remove.child, *pairs_.at(remove.child).pair));
  last_reports_.back().is_last = true;
  pairs_.erase(remove.child);
}

esp::SaDatabase& DataPlane::database() {
  if (!std::exchange(is_stale_, false)) return database_;
  std::vector<Pair> by_use;
  for (const auto& [id, pair] : pairs_) by_use.push_back(pair);
  std::ranges::stable_sort(by_use, std::greater{}, &Pair::used_since);
  std::vector<esp::SaDatabase::Entry> entries;
  for (const Pair& pair : by_use) entries.push_back({pair.pair, pair.used_since != 0 && !pair.is_paused});
  return database_ = esp::SaDatabase{std::move(entries)};
}

std::optional<DataPlane::Sealed> DataPlane::seal(ByteView inner_packet) {
  const auto ip = esp::IpPacket::decode(inner_packet);
  CHECK(ip);
  esp::SaPair* const pair = database().find_outbound(ip->selectors);
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
  database().open(now, {&job, 1});
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

}  // namespace agilevpn::sim
