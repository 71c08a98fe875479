#include "control/config/pool_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/config/common_keys.h"

namespace agilevpn::control::config {

namespace {

void add_pool(Section& section, std::string_view key, Family family, const std::string& name, gateway::Config& config) {
  const bool is_v4 = family == Family::V4;
  IpPrefix prefix;
  const auto parse = [&](std::string_view text) -> Result<IpPrefix, std::string> {
    const auto parsed = IpPrefix::parse(text);
    const bool is_wide =
        parsed && parsed->length <= parsed->address.bits() - 2;  // Room for the gateway and somebody else.
    if (is_wide && parsed->address.family() == family) return parse_network(text);
    return Failure{fmt::format("is not an {} prefix with room for clients, such as {}", is_v4 ? "IPv4" : "IPv6",
                               is_v4 ? "10.66.0.0/24" : "fd66::/64")};
  };
  if (!section.has(key)) return static_cast<void>(section.section(key));
  section.read<IpPrefix>(key, prefix, parse);
  if (prefix == IpPrefix{}) return;
  const IpAddress own = *prefix.first().plus(1);
  const auto other =
      std::ranges::find_if(config.pools, [&](const gateway::PoolConfig& pool) { return pool.prefix.overlaps(prefix); });
  if (other != config.pools.end())
    return section.wrong(key, fmt::format("{} is also in pool {}", prefix.to_string(), other->name),
                         "an address can have one owner only");
  config.pools.push_back({name, prefix, {own}});
}

// [pool.NAME], for the groups that name it.
void read_more_pools(Section& section, gateway::Config& config) {
  for (Section& pool : section.more_sections()) {
    const std::string name = pool.name().substr(std::string_view("pool.").size());
    add_pool(pool, "ipv4", Family::V4, name, config);
    add_pool(pool, "ipv6", Family::V6, name, config);
    pool.finish();
  }
}

}  // namespace

std::vector<IpPrefix> read_pools(Section& section, gateway::Config& config, gateway::ConnectionRule& common) {
  add_pool(section, "ipv4", Family::V4, "ipv4", config);
  add_pool(section, "ipv6", Family::V6, "ipv6", config);
  for (const gateway::PoolConfig& pool : config.pools) common.pools.push_back(pool.name);
  read_addresses(section, "dns", common.dns);
  section.read("domains", common.domains);
  read_addresses(section, "wins", common.nbns);
  read_more_pools(section, config);
  section.finish();
  std::vector<IpPrefix> own;
  for (const gateway::PoolConfig& pool : config.pools) own.push_back({pool.reserved.front(), pool.prefix.length});
  return own;
}

}  // namespace agilevpn::control::config
