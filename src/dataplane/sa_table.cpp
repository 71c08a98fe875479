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

void SaTable::publish(const Child& child) { database_.put({child.pair, child.is_paused ? 0 : child.used}); }

template <class Work>
void SaTable::change(Child& child, Work work) {
  database_.take(*child.pair);
  work(child);
  publish(child);
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
  const Child child{change.ike_sa, std::move(pair), change.use_outbound ? ++uses_ : 0};
  if (children_.try_emplace(change.child, child).second) publish(child);
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::UseChildSa& use) {
  const auto found = children_.find(use.child);
  if (found != children_.end()) change(found->second, [this](Child& child) { child.used = ++uses_; });
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::MoveChildSas& move) {
  const esp::Tunnel tunnel = to_tunnel(move.path);
  for (auto& [id, each] : children_)
    if (each.ike_sa == move.ike_sa)
      change(each, [&](Child& child) {
        child.is_paused = false;
        if (child.pair->tunnel() == tunnel) return;
        child.pair = std::make_shared<esp::SaPair>(child.pair->shared_inbound(), child.pair->shared_outbound(), tunnel);
      });
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::PauseChildSas& pause) {
  for (auto& [id, each] : children_)
    if (each.ike_sa == pause.ike_sa) change(each, [](Child& child) { child.is_paused = true; });
  return {};
}

Result<void, Error> SaTable::apply_one(const ike::RemoveChildSa& remove) {
  auto child = children_.extract(remove.child);
  if (!child) return {};
  database_.take(*child.mapped().pair);
  removed_.emplace_back(remove.child, std::move(child.mapped().pair));
  return {};
}

}  // namespace agilevpn::dataplane
