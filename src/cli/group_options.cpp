#include "cli/group_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/user_database.h"
#include "control/config/common_keys.h"
#include "control/config/gateway_config.h"
#include "control/config/section.h"
#include "control/files/file.h"
#include "gateway/firewall_rules.h"

namespace agilevpn::cli {

namespace {

using store::Group;

Result<std::vector<std::string>, Error> words_of(const std::vector<std::string>& given) {
  return given == std::vector<std::string>{"none"} ? std::vector<std::string>{} : given;
}

template <class T>
Result<std::vector<T>, Error> to_values(const std::vector<std::string>& given, std::string_view kind,
                                        std::string_view example) {
  TRY_ASSIGN(const auto words, words_of(given));
  std::vector<T> out;
  for (const std::string& word : words) {
    const auto value = T::parse(word);
    if (!value) return Failure{Error{fmt::format("'{}' is no {}", word, kind), fmt::format("as in {}", example)}};
    out.push_back(*value);
  }
  return out;
}

// As gateway.toml writes them: without host bits.
Result<std::vector<IpPrefix>, Error> to_networks(const std::vector<std::string>& given) {
  TRY_ASSIGN(const auto words, words_of(given));
  std::vector<IpPrefix> out;
  for (const std::string& word : words) {
    const auto network = control::config::parse_network(word);
    if (!network) return Failure{Error{fmt::format("'{}' {}", word, network.error()), "as in 10.20.0.0/16"}};
    out.push_back(*network);
  }
  return out;
}

// Whole seconds; "default": none of its own.
std::optional<std::chrono::seconds> idle_timeout_of(const std::string& text) {
  const auto duration = control::config::parse_duration(text);
  return duration ? std::optional{std::chrono::floor<std::chrono::seconds>(*duration)} : std::nullopt;
}

// Only the configuration of the gateway that reads this database says which pools there are.
Result<void, Error> check_pools(const GroupOptions& options, const std::vector<std::string>& pools) {
  if (pools.empty() || !std::filesystem::exists(options.configuration)) return {};
  const auto config = control::config::load_gateway(options.configuration);
  if (!config) {
    fmt::print(stderr, "whether there are such pools is not known: {}\n", config.error().front().to_string());
    return {};
  }
  std::error_code other;
  if (!std::filesystem::equivalent(config->host.state_directory, options.directory, other)) return {};
  const auto lacking = gateway::lacking_pools(config->gateway, pools);
  if (lacking.empty()) return {};
  return Failure{Error{fmt::format("there is no pool {}", lacking.front()),
                       fmt::format("{} has: {}", options.configuration.string(),
                                   fmt::join(gateway::pool_names(config->gateway), ", "))}};
}

Result<void, Error> take_lists(const GroupOptions& options, Group& group) {
  if (options.routes) {
    TRY_ASSIGN(group.routes, to_networks(*options.routes));
  }
  if (options.dns) {
    TRY_ASSIGN(group.dns, to_values<IpAddress>(*options.dns, "address", "10.20.0.53"));
  }
  if (options.domains) {
    TRY_ASSIGN(group.domains, words_of(*options.domains));
  }
  if (options.pools) {
    TRY_ASSIGN(group.pools, words_of(*options.pools));
    TRY(check_pools(options, group.pools));
  }
  if (options.methods) {
    TRY_ASSIGN(group.methods, words_of(*options.methods));
  }
  return {};
}

CLI::Validator is_timeout() {
  const auto check = [](const std::string& text) {
    const auto duration = control::config::parse_duration(text);
    return text == "default" || text == "never" || (duration && *duration >= 1s)
               ? ""
               : fmt::format("'{}' is no time as in 90s, 15m or 1h30m, nor 'never' or 'default'", text);
  };
  return CLI::Validator(check, "TIME");
}

}  // namespace

void add_group_properties(CLI::App* verb, const std::shared_ptr<GroupOptions>& options) {
  verb->add_option("--routes", options->routes,
                   "Networks its users reach through the tunnel; none: as the configuration says")
      ->delimiter(',');
  verb->add_option("--dns", options->dns, "Name servers, or none")->delimiter(',');
  verb->add_option("--domains", options->domains, "Domains to ask them for, or none")->delimiter(',');
  verb->add_option("--pools", options->pools, "Names of address pools, or none")->delimiter(',');
  verb->add_option("--methods", options->methods,
                   fmt::format("Ways to log in, or none for all: {}", fmt::join(store::login_methods, ", ")))
      ->delimiter(',');
  // --routes A --routes B and --routes A,B, but what stands after it is the group's name.
  for (CLI::Option* list : verb->get_options([](const CLI::Option* option) { return option->get_delimiter() == ','; }))
    list->allow_extra_args(false);
  verb->add_option("--idle-timeout", options->idle_timeout,
                   "Close a session without traffic after this: 15m, never, default")
      ->check(is_timeout());
  verb->add_option("--devices", options->devices, "Devices of one user at a time, or any")->check(is_count_or("any"));
  verb->add_option("--config", options->configuration, "The gateway's configuration, which has the pools")
      ->capture_default_str();
  verb->add_option("--firewall", options->firewall,
                   "A file with a rule on each line, as \"allow to 10.20.0.0/16 tcp 80,443\"; or none");
}

Result<void, Error> take_group_options(const GroupOptions& options, Group& group) {
  TRY(take_lists(options, group));
  if (options.idle_timeout) group.idle_timeout = idle_timeout_of(*options.idle_timeout);
  if (options.devices) group.devices_max = count_or(*options.devices, "any");
  if (options.firewall == "none") {
    group.firewall.clear();
  } else if (!options.firewall.empty()) {
    TRY_ASSIGN(std::string text, control::files::read_text(options.firewall));
    const auto rules = gateway::parse_firewall(text);
    if (!rules)
      return Failure{Error{fmt::format("{}, {}", options.firewall.string(), rules.error().what), rules.error().help}};
    if (rules->empty())
      return Failure{Error{fmt::format("{} has no rules in it", options.firewall.string()),
                           "to remove those of the group: --firewall none"}};
    group.firewall = std::move(text);
  }
  return {};
}

}  // namespace agilevpn::cli
