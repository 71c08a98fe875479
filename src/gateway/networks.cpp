#include "gateway/networks.h"

#include <fmt/format.h>

#include <algorithm>

namespace agilevpn::gateway {

Result<void, std::string> Networks::take(ike::IkeSaId session, const std::vector<IpPrefix>& networks,
                                         const std::vector<ike::IkeSaId>& replaced) {
  for (const IpPrefix& network : networks) {
    const auto refuse = [&](std::string_view why) {
      return Failure{fmt::format("{} cannot stand behind this client: {}", network.to_string(), why)};
    };
    const auto own = std::ranges::find_if(own_, [&](const IpPrefix& one) { return one.overlaps(network); });
    if (own != own_.end()) return refuse(fmt::format("this gateway stands in {} itself", own->to_string()));
    const auto other = std::ranges::find_if(held_, [&](const auto& held) {
      return held.first != session && held.second.overlaps(network) && std::ranges::count(replaced, held.first) == 0;
    });
    if (other != held_.end()) return refuse(fmt::format("another session has {}", other->second.to_string()));
  }
  held_.erase(session);
  for (const IpPrefix& network : networks) held_.emplace(session, network);
  return {};
}

std::vector<IpPrefix> Networks::of(ike::IkeSaId session) const {
  std::vector<IpPrefix> all;
  const auto [first, last] = held_.equal_range(session);
  for (auto held = first; held != last; ++held) all.push_back(held->second);
  return all;
}

bool Networks::holds(ike::IkeSaId session, const std::vector<IpPrefix>& networks) const {
  return std::ranges::any_of(of(session), [&](const IpPrefix& has) {
    return std::ranges::any_of(networks, [&](const IpPrefix& one) { return one.overlaps(has); });
  });
}

std::vector<IpPrefix> Networks::release(ike::IkeSaId session) {
  auto all = of(session);
  held_.erase(session);
  std::erase_if(all, [&](const IpPrefix& one) {
    return std::ranges::any_of(held_, [&](const auto& held) { return held.second == one; });
  });
  return all;
}

}  // namespace agilevpn::gateway
