#include "dataplane/sa_table.h"

#include <utility>

namespace agilevpn::dataplane {

namespace {

esp::Tunnel to_tunnel(const ike::EspPath& path) { return {path.path, path.udp_encapsulation}; }

esp::SaParameters inbound_parameters(const ike::InstallChildSa& sa) {
  return {.spi = sa.spi_inbound,
          .suite = sa.suite,
          .encryption_key = sa.inbound_encryption_key.view(),
          .integrity_key = sa.inbound_integrity_key.view(),
          .extended_sequence_numbers = sa.extended_sequence_numbers,
          .source = sa.ts_remote,
          .destination = sa.ts_local};
}

esp::SaParameters outbound_parameters(const ike::InstallChildSa& sa) {
  return {.spi = sa.spi_outbound,
          .suite = sa.suite,
          .encryption_key = sa.outbound_encryption_key.view(),
          .integrity_key = sa.outbound_integrity_key.view(),
          .extended_sequence_numbers = sa.extended_sequence_numbers,
          .source = sa.ts_local,
          .destination = sa.ts_remote};
}

ike::TrafficReport report(ike::ChildSaId child, const esp::SaPair& pair) {
  return {.child = child,
          .last_inbound = pair.inbound().last_inbound(),
          .bytes_in = pair.inbound().bytes(),
          .bytes_out = pair.outbound().bytes(),
          .packets_in = pair.inbound().packets(),
          .packets_out = pair.outbound().sequence_number(),  // One for each.
          .sequence_number = pair.outbound().sequence_number()};
}

}  // namespace

Result<void, Error> SaTable::apply(const ike::SaChange& change) {
  return std::visit([this](const auto& one) { return apply_one(one); }, change);
}

esp::SaDatabase SaTable::snapshot() const {
  std::vector<const Child*> newest_first;
  for (const auto& [id, child] : children_) newest_first.push_back(&child);
  std::ranges::sort(newest_first, std::greater{}, &Child::used);
  std::vector<esp::SaDatabase::Entry> entries;
  for (const Child* child : newest_first) entries.push_back({child->pair, child->used != 0 && !child->is_paused});
  return esp::SaDatabase{std::move(entries)};
}

std::vector<ike::TrafficReport> SaTable::traffic_reports() const {
  std::vector<ike::TrafficReport> reports;
  for (const auto& [id, child] : children_) reports.push_back(report(id, *child.pair));
  return reports;
}

std::vector<ike::TrafficReport> SaTable::take_last_reports() {
  std::vector<ike::TrafficReport> reports;
  for (const auto& [id, pair] : std::exchange(removed_, {})) {
    reports.push_back(report(id, *pair));
    reports.back().is_last = true;
  }
  return reports;
}

Result<void, Error> SaTable::apply_one(const ike::InstallChildSa& change) {
  auto inbound = esp::InboundSa::make(inbound_parameters(change), replay_window_);
  auto outbound = esp::OutboundSa::make(outbound_parameters(change));
  if (!inbound || !outbound) return Failure{Error{"this build cannot do ESP with " + to_string(change.suite), ""}};
  auto pair = std::make_shared<esp::SaPair>(std::move(inbound), std::move(outbound), to_tunnel(change.path));
  children_[change.child] = {change.ike_sa, std::move(pair), change.use_outbound ? ++uses_ : 0};
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::UseChildSa& change) {
  const auto found = children_.find(change.child);
  if (found != children_.end()) found->second.used = ++uses_;
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::MoveChildSas& change) {
  for (auto& [id, child] : children_) {
    if (child.ike_sa != change.ike_sa) continue;
    child.is_paused = false;
    if (child.pair->tunnel() == to_tunnel(change.path)) continue;
    child.pair = std::make_shared<esp::SaPair>(child.pair->shared_inbound(), child.pair->shared_outbound(),
                                               to_tunnel(change.path));
  }
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::PauseChildSas& change) {
  for (auto& [id, child] : children_)
    if (child.ike_sa == change.ike_sa) child.is_paused = true;
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::RemoveChildSa& change) {
  if (const auto child = children_.extract(change.child)) removed_.emplace_back(change.child, std::move(child.mapped().pair));
  return {};
}

}  // namespace agilevpn::dataplane
