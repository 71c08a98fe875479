// The gateway's owner in a benchmark: it lets everybody in whom the login lets in, and keeps every lease.
#pragma once

#include "gateway/gateway.h"

namespace agilevpn {

// `find` answers FindUser and CheckPassword; `measure` runs what the gateway itself does.
template <class Find, class Measure>
void answer_user_asks(gateway::Gateway& gateway, Instant now, const Find& find, const Measure& measure) {
  while (auto ask = gateway.poll_user_ask()) {
    const ike::IkeSaId id = ask->ike_sa;
    if (std::holds_alternative<gateway::FindUser>(ask->question) ||
        std::holds_alternative<gateway::CheckPassword>(ask->question)) {
      measure([&] { gateway.handle_user(now, id, find(ask->question)); });
    } else if (const auto* proved = std::get_if<gateway::Authorize>(&ask->question)) {
      gateway::Authorized in{.user = "anna", .id = 1, .device = {}, .group = {.name = proved->group}};
      measure([&] { gateway.handle_authorization(now, id, std::move(in)); });
    } else if (std::holds_alternative<gateway::KeepLeases>(ask->question)) {
      measure([&] { gateway.handle_kept(now, id, {}); });
    }
  }
}

}  // namespace agilevpn
