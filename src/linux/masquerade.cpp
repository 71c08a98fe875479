#include "linux/masquerade.h"

#include <fmt/format.h>

#include "linux/program.h"

namespace agilevpn::linux {

namespace {

// The first line makes the second one succeed whether or not there is such a table.
std::string ruleset(const std::string& table, const std::string& interface, const std::vector<IpPrefix>& pools) {
  std::string rules;
  for (const IpPrefix& pool : pools)
    rules += fmt::format("    {} saddr {} oifname != \"{}\" masquerade\n", pool.address.is_v4() ? "ip" : "ip6",
                         pool.to_string(), interface);
  return fmt::format(
      "table inet {0} {{}}\ndelete table inet {0}\ntable inet {0} {{\n  chain postrouting {{\n"
      "    type nat hook postrouting priority srcnat;\n{1}  }}\n}}\n",
      table, rules);
}

}  // namespace

Result<Masquerade, Error> Masquerade::set_up(const std::string& interface, const std::vector<IpPrefix>& pools) {
  Masquerade masquerade{"agilevpn-" + interface};
  const auto ran = run_program({"nft", "-f", "-"}, ruleset(masquerade.table_, interface, pools));
  if (ran) return masquerade;
  masquerade.table_.clear();
  return Failure{Error{"cannot masquerade: " + ran.error().to_string(),
                       "install nftables, or route the pool to this host and set masquerade = false"}};
}

Masquerade& Masquerade::operator=(Masquerade&& other) noexcept {
  std::swap(table_, other.table_);
  return *this;
}

Masquerade::~Masquerade() {
  if (!table_.empty()) static_cast<void>(run_program({"nft", "delete", "table", "inet", table_}));
}

}  // namespace agilevpn::linux
