// Carries a role's answers to where they belong.
#pragma once

#include "daemon/packet_path.h"
#include "daemon/service.h"
#include "linux/clock.h"

namespace agilevpn::daemon {

// What a gateway and a client's connection have in common: drains SA changes, datagrams, questions and keys. SAs are
// installed before the datagram leaves that lets the peer use them. `path` is null where there is none; then what would take
// it is dropped.
template <class Role>
void carry_out(Role& role, PacketPath* path, Service& service) {
  std::vector<ike::SaChange> changes;
  while (auto change = role.poll_sa_change()) changes.push_back(*std::move(change));
  if (path && !changes.empty())
    if (const auto applied = path->apply(std::move(changes)); !applied)
      service.report(Severity::Error, "ChildSaNotInstalled", applied.error().to_string());
  while (const auto transmit = role.poll_transmit())
    if (path) path->send_ike(*transmit);
  while (const auto ask = role.poll_ask())
    role.handle_answer(linux::now(), ask->id, ike::Refused{.reason = "nobody here has that private key"});
  while (const auto key = role.poll_key_log()) {
    service.write_key(*key);
    role.log_keys(service.saves_keys());  // Not any more if they could not be written.
  }
}

}  // namespace agilevpn::daemon
