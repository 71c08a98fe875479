#include "gateway/config.h"

#include <fmt/format.h>

#include <algorithm>

namespace agilevpn::gateway {

std::string ConnectionRule::title() const {
  return fmt::format("group {}{}", name, name == default_rule ? " (everybody whom no other names)" : "");
}

std::vector<std::string> pool_names(const Config& config) {
  std::vector<std::string> names;
  for (const PoolConfig& pool : config.pools)
    if (std::ranges::find(names, pool.name) == names.end()) names.push_back(pool.name);
  return names;
}

std::vector<std::string> lacking_pools(const Config& config, std::vector<std::string> names) {
  std::erase_if(names,
                [&](const std::string& name) { return std::ranges::count(config.pools, name, &PoolConfig::name) > 0; });
  return names;
}

}  // namespace agilevpn::gateway
