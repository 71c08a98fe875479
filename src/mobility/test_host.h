// A host for tests: links by name, each with a default route. For tests only.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "mobility/network.h"

namespace agilevpn::mobility {

inline std::vector<IpAddress> addresses(const std::vector<std::string>& texts) {
  std::vector<IpAddress> parsed;
  for (const std::string& text : texts) parsed.push_back(IpAddress::parse(text).value());
  return parsed;
}

class TestHost {
 public:
  // Up, with a carrier, an on-link route for each address and a default route for each family.
  TestHost& add(const std::string& name, LinkType type, const std::vector<std::string>& prefixes,
                std::uint32_t metric = 100) {
    Link added{.index = static_cast<std::uint32_t>(network_.links.size() + 1),
               .name = name,
               .type = type,
               .is_up = true,
               .has_carrier = true};
    for (const std::string& text : prefixes) {
      const IpPrefix prefix = IpPrefix::parse(text).value();
      added.addresses.push_back({prefix.address, prefix.length});
      added.routes.push_back({{prefix.first(), prefix.length}, metric, {}, {}});
    }
    for (const Family family : {Family::V4, Family::V6}) {
      const auto is_of = [&](const LinkAddress& local) { return local.address.family() == family; };
      if (std::ranges::any_of(added.addresses, is_of))
        added.routes.push_back({{IpAddress::any(family), 0}, metric, {}, {}});
    }
    network_.links.push_back(std::move(added));
    return *this;
  }

  Link& link(const std::string& name) {
    const auto found = std::ranges::find(network_.links, name, &Link::name);
    CHECK(found != network_.links.end());
    return *found;
  }
  LinkAddress& address(const std::string& name, const std::string& text) {
    auto& all = link(name).addresses;
    const auto found = std::ranges::find(all, IpAddress::parse(text).value(), &LinkAddress::address);
    CHECK(found != all.end());
    return *found;
  }
  Path path(const std::string& name, const std::string& local, const std::string& gateway) {
    return {{IpAddress::parse(local).value(), nat_traversal_port},
            {IpAddress::parse(gateway).value(), nat_traversal_port},
            link(name).index};
  }
  const Network& network() const { return network_; }

 private:
  Network network_;
};

}  // namespace agilevpn::mobility
