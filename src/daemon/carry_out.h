// Carries a role's answers to where they belong.
#pragma once

#include "base/error.h"
#include "base/event.h"
#include "ike/endpoint.h"
#include "linux/clock.h"

namespace agilevpn::daemon {

// What a gateway and a client's connection have in common: drains questions, SA changes, datagrams and keys until the role is
// quiet. SAs are installed before the datagram leaves that lets the peer use them. `path` is null where there is none; then
// what would take it is dropped. `sign(ask)` sees to it that the role is answered.
template <class Role, class PacketPath, class Service, class Sign>
void carry_out(Role& role, PacketPath* path, Service& service, const Sign& sign) {
  while (true) {
    if (const auto ask = role.poll_ask()) {
      sign(*ask);
    } else if (auto change = role.poll_sa_change()) {
      std::vector<ike::SaChange> changes;  // As many as there are, for one new table.
      for (; change; change = role.poll_sa_change()) changes.push_back(*std::move(change));
      if (!path) continue;
      if (const auto applied = path->apply(std::move(changes)); !applied)
        service.report(Severity::Error, "ChildSaNotInstalled", applied.error().to_string());
    } else if (const auto transmit = role.poll_transmit()) {
      if (path) path->send_ike(*transmit);
    } else if (const auto key = role.poll_key_log()) {
      service.write_key(*key);
      role.log_keys(service.saves_keys());  // Not any more if they could not be written.
    } else {
      return;
    }
  }
}

}  // namespace agilevpn::daemon
