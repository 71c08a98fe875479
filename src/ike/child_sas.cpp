#include "ike/child_sas.h"

#include <algorithm>
#include <utility>

#include "base/timers.h"
#include "ike/key_log.h"
#include "ike/limits.h"

namespace agilevpn::ike {

ChildSa* ChildSas::find(ChildSaId child) {
  const auto found = std::ranges::find(all_, child, &ChildSa::id);
  return found == all_.end() ? nullptr : &*found;
}

ChildSa* ChildSas::find_outbound(EspSpi spi) {
  const auto found = std::ranges::find_if(all_, [&](const ChildSa& child) {
    return child.spi_outbound == spi && child.state != ChildSa::State::Lingering;
  });
  return found == all_.end() ? nullptr : &*found;
}

void ChildSas::install(Instant now, ChildSa child, InstallChildSa install, std::optional<ChildSaId> rekeyed) {
  child.id = ChildSaId{context_.next_id()};
  child.established = now;
  install.ike_sa = ike_sa_;
  install.child = child.id;
  install.spi_inbound = child.spi_inbound;
  install.spi_outbound = child.spi_outbound;
  install.suite = child.suite.cipher;
  install.extended_sequence_numbers = child.suite.extended_sequence_numbers;
  install.ts_local = child.ts_local;
  install.ts_remote = child.ts_remote;
  install.use_outbound = !child.use_at;
  if (context_.config.logs_keys) log_child_keys(context_, install);
  context_.sa_changes.push_back(std::move(install));
  if (is_paused_) context_.sa_changes.push_back(PauseChildSas{ike_sa_});
  context_.events.push_back(ChildSaEstablished{ike_sa_, child.id, rekeyed, child.spi_inbound, child.spi_outbound,
                                               child.suite.to_string(), child.ts_local, child.ts_remote});
  context_.children[child.id] = ike_sa_;
  context_.inbound_spis.insert(child.spi_inbound);
  all_.push_back(std::move(child));
}

void ChildSas::use_outbound(ChildSa& child) {
  if (std::exchange(child.use_at, std::nullopt)) context_.sa_changes.push_back(UseChildSa{child.id});
}

void ChildSas::retire(Instant now, ChildSaId child_id, bool by_peer) {
  ChildSa* child = find(child_id);
  if (!child) return;
  bool was_replaced = false;
  for (ChildSa& other : all_) {
    if (other.id == child_id || other.state != ChildSa::State::Installed || other.ts_remote != child->ts_remote)
      continue;
    was_replaced = true;
    use_outbound(other);  // It seals from here on.
  }
  context_.events.push_back(ChildSaClosed{ike_sa_, child_id, by_peer});
  if (!was_replaced) return remove(child_id);
  child->state = ChildSa::State::Lingering;
  child->rekey_at.reset();
  child->use_at.reset();
  child->remove_at = now + limits::old_child_linger;
}

void ChildSas::retire_all(bool by_peer) {
  while (!all_.empty()) {
    const ChildSa& child = all_.front();
    if (child.state != ChildSa::State::Lingering) context_.events.push_back(ChildSaClosed{ike_sa_, child.id, by_peer});
    remove(child.id);
  }
}

void ChildSas::remove(ChildSaId child_id) {
  if (const ChildSa* child = find(child_id)) context_.inbound_spis.erase(child->spi_inbound);
  context_.sa_changes.push_back(RemoveChildSa{child_id});
  context_.children.erase(child_id);
  std::erase_if(all_, [&](const ChildSa& child) { return child.id == child_id; });
}

void ChildSas::move(const EspPath& to) {
  if (!is_paused_) context_.sa_changes.push_back(MoveChildSas{ike_sa_, to});
}

void ChildSas::pause() {
  is_paused_ = true;
  context_.sa_changes.push_back(PauseChildSas{ike_sa_});
}

void ChildSas::resume(const EspPath& on) {
  if (std::exchange(is_paused_, false)) move(on);
}

std::optional<Instant> ChildSas::next_timeout() const {
  std::optional<Instant> earliest;
  for (const ChildSa& child : all_)
    for (const auto& at : {child.use_at, child.remove_at}) take_earlier(earliest, at);
  return earliest;
}

void ChildSas::handle_timeout(Instant now) {
  for (ChildSa& child : all_)
    if (is_due(child.use_at, now)) use_outbound(child);
  const auto is_over = [&](const ChildSa& child) { return is_due(child.remove_at, now); };
  for (auto child = std::ranges::find_if(all_, is_over); child != all_.end();
       child = std::ranges::find_if(all_, is_over))
    remove(child->id);
}

}  // namespace agilevpn::ike
