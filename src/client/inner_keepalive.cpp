#include "client/inner_keepalive.h"

#include <algorithm>

namespace agilevpn::client {

namespace {

bool is_inside(const ike::IkeSaInfo& session, const IpAddress& address) {
  return std::ranges::any_of(session.child_sas, [&](const ike::ChildSaInfo& child) {
    return std::ranges::any_of(child.ts_remote, [&](const auto& selector) { return selector.contains(address); });
  });
}

}  // namespace

std::optional<InnerKeepalive> inner_keepalive(const ike::IkeSaInfo& session) {
  const ike::Lease& lease = *session.lease;
  for (const auto* known : {&lease.servers, &lease.dns})
    for (const IpAddress& to : *known) {
      if (!is_inside(session, to)) continue;
      if (to.is_v4() && lease.ipv4) return InnerKeepalive{*lease.ipv4, to};
      if (to.is_v6() && lease.ipv6) return InnerKeepalive{lease.ipv6->address, to};
    }
  return std::nullopt;
}

}  // namespace agilevpn::client
