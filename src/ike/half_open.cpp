#include "ike/half_open.h"

#include <algorithm>
#include <vector>

namespace agilevpn::ike {

std::optional<IkeSaId> HalfOpen::find(const Key& key) const {
  const auto found = inits_.find(key);
  return found == inits_.end() ? std::nullopt : std::optional{found->second};
}

std::size_t HalfOpen::size_of_network(const IpAddress& address) const {
  const auto is_near = [&](const auto& init) { return network_of(init.first.second.address) == network_of(address); };
  return static_cast<std::size_t>(std::ranges::count_if(inits_, is_near));
}

std::optional<IkeSaId> HalfOpen::to_give_way(std::size_t of_network) const {
  std::map<IpPrefix, std::vector<IkeSaId>> networks;
  for (const auto& [key, id] : inits_) networks[network_of(key.second.address)].push_back(id);
  const auto fullest =
      std::ranges::max_element(networks, {}, [](const auto& network) { return network.second.size(); });
  if (fullest == networks.end() || fullest->second.size() <= of_network + 1) return std::nullopt;
  return std::ranges::min(fullest->second);
}

}  // namespace agilevpn::ike
