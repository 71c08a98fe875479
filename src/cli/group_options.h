// What `agilevpn group add` and `set` say of a group.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "control/config/host_options.h"
#include "store/groups.h"

namespace agilevpn::cli {

using WordList =
    std::optional<std::vector<std::string>>;  // Nothing: the option was not given. "none" alone empties the list.

struct GroupOptions {
  std::filesystem::path directory;
  std::filesystem::path configuration =
      std::filesystem::path(control::config::configuration_directory) / "gateway.toml";
  bool json = false;
  bool only_names = false;
  std::string name;
  WordList routes, dns, domains, pools, methods;
  std::optional<std::string> idle_timeout;  // "15m", "never", "default"
  std::optional<std::string> devices;       // "3", "any"
  std::filesystem::path firewall;
};

void add_group_properties(CLI::App* verb, const std::shared_ptr<GroupOptions>& options);
// Those that were given, into the group; lists, the firewall and pools are looked at.
Result<void, Error> take_group_options(const GroupOptions& options, store::Group& group);

}  // namespace agilevpn::cli
