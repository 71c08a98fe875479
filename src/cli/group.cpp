#include "store/groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "cli/user_database.h"
#include "cli/verb.h"
#include "control/config/common_keys.h"
#include "control/config/gateway_config.h"
#include "control/files/file.h"
#include "gateway/firewall_rules.h"

namespace agilevpn::cli {

namespace {

using nlohmann::json;
using store::Group;
using store::Groups;
using store::Missing;
using WordList =
    std::optional<std::vector<std::string>>;  // Nothing: the option was not given. "none" alone empties the list.

struct GroupOptions {
  std::filesystem::path directory;
  std::filesystem::path configuration = std::filesystem::path(control::config::configuration_directory) / "gateway.toml";
  bool json = false;
  bool only_names = false;
  std::string name;
  WordList routes, dns, domains, pools, methods;
  std::optional<std::string> idle_timeout;  // "15m", "never", "default"
  std::optional<std::string> devices;       // "3", "any"
  std::filesystem::path firewall;
};

// ---- options to values

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

// "90s", "15m", "8h"; "never" is no time at all.
std::optional<std::chrono::seconds> parse_timeout(std::string_view text) {
  if (text == "never") return std::chrono::seconds{0};
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc{} || count < 1 || count > 1'000'000) return std::nullopt;
  if (unit == "s") return std::chrono::seconds{count};
  if (unit == "m") return std::chrono::minutes{count};
  if (unit == "h") return std::chrono::hours{count};
  return std::nullopt;
}

CLI::Validator is_timeout() {
  const auto check = [](const std::string& text) {
    return text == "default" || parse_timeout(text)
               ? ""
               : fmt::format("'{}' is no time as in 90s, 15m or 8h, nor 'never' or 'default'", text);
  };
  return CLI::Validator(check, "TIME");
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
                       fmt::format("{} has: {}", options.configuration.string(), fmt::join(gateway::pool_names(config->gateway), ", "))}};
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

Result<void, Error> take_group_options(const GroupOptions& options, Group& group) {
  TRY(take_lists(options, group));
  if (options.idle_timeout) group.idle_timeout = parse_timeout(*options.idle_timeout);
  if (options.devices)
    group.devices_max =
        *options.devices == "any" ? std::nullopt : std::optional{static_cast<unsigned>(std::stoul(*options.devices))};
  if (options.firewall == "none") {
    group.firewall.clear();
  } else if (!options.firewall.empty()) {
    TRY_ASSIGN(std::string text, control::files::read_text(options.firewall));
    const auto rules = gateway::parse_firewall(text);
    if (!rules) return Failure{Error{fmt::format("{}, {}", options.firewall.string(), rules.error().what), rules.error().help}};
    if (rules->empty()) return Failure{Error{fmt::format("{} has no rules in it", options.firewall.string()), "to remove those of the group: --firewall none"}};
    group.firewall = std::move(text);
  }
  return {};
}

// ---- values to text

template <class T>
std::vector<std::string> texts(const std::vector<T>& values) {
  std::vector<std::string> out;
  for (const T& value : values) out.push_back(value.to_string());
  return out;
}

std::string timeout_text(const Group& group) {
  if (!group.idle_timeout) return "-";
  return group.idle_timeout->count() == 0 ? "never" : duration_text(*group.idle_timeout);
}

json group_json(const Group& group, std::size_t users) {
  return {{"name", group.name},
          {"users", users},
          {"routes", texts(group.routes)},
          {"dns", texts(group.dns)},
          {"domains", group.domains},
          {"pools", group.pools},
          {"methods", group.methods},
          {"idle_timeout", group.idle_timeout ? json(group.idle_timeout->count()) : json(nullptr)},
          {"devices_max", group.devices_max ? json(*group.devices_max) : json(nullptr)},
          {"firewall", group.firewall}};
}

void print_group(const Group& group, std::size_t users) {
  fmt::print("{}  ({})\n", group.name, count_text(users, "user"));
  fmt::print("  routes        {}\n", join(texts(group.routes)));
  fmt::print("  dns           {}\n", join(texts(group.dns)));
  fmt::print("  domains       {}\n", join(group.domains));
  fmt::print("  pools         {}\n", join(group.pools));
  fmt::print("  methods       {}\n", join(group.methods));
  fmt::print("  idle timeout  {}\n", timeout_text(group));
  fmt::print("  at a time     {}\n", group.devices_max ? count_text(*group.devices_max, "device") : "-");
  if (!group.firewall.empty()) fmt::print("  firewall\n{}\n", group.firewall);
}

// ---- the verbs

Result<void, Error> add_one(const GroupOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Create));
  Group group{.name = options.name};
  TRY(take_group_options(options, group));
  TRY(Groups{database}.add(group));
  fmt::print("Group {} is made.\n", group.name);
  return {};
}

Result<void, Error> set_one(const GroupOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Create));
  TRY_ASSIGN(auto transaction, store::Transaction::begin(database));
  TRY_ASSIGN(Group group, Groups{database}.find(options.name));
  TRY(take_group_options(options, group));
  TRY(Groups{database}.set(group));
  TRY(transaction.commit());
  fmt::print("Group {} is changed.\n", group.name);
  return {};
}

Result<void, Error> remove_one(const GroupOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Refuse));
  TRY(Groups{database}.remove(options.name));
  fmt::print("Group {} is removed.\n", options.name);
  return {};
}

Result<void, Error> list_all(const GroupOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Refuse));
  const Groups groups(database);
  TRY_ASSIGN(const auto all, groups.list());
  if (options.only_names) {
    for (const Group& group : all) fmt::print("{}\n", group.name);
    return {};
  }
  auto out = json::array();
  Table table({"GROUP", "USERS", "ROUTES", "POOLS", "METHODS", "DEVICES", "IDLE"});
  for (const Group& group : all) {
    TRY_ASSIGN(const std::size_t users, groups.count_users(group.name));
    out.push_back(group_json(group, users));
    table.add({group.name, std::to_string(users), join(texts(group.routes)), join(group.pools), join(group.methods),
               group.devices_max ? std::to_string(*group.devices_max) : "-", timeout_text(group)});
  }
  if (options.json) {
    print_json(out);
  } else {
    fmt::print("{}", table.text());
  }
  return {};
}

Result<void, Error> show_one(const GroupOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Refuse));
  const Groups groups(database);
  TRY_ASSIGN(const Group group, groups.find(options.name));
  TRY_ASSIGN(const std::size_t users, groups.count_users(group.name));
  if (options.json) {
    print_json(group_json(group, users));
  } else {
    print_group(group, users);
  }
  return {};
}

// ---- the command line

using GroupWork = Result<void, Error> (*)(const GroupOptions&);

CLI::App* add_group_verb(CLI::App* group, const std::string& name, const std::string& sentence,
                         const std::string& example, GroupWork work, const std::shared_ptr<GroupOptions>& options,
                         Context& context) {
  CLI::App* verb = add_verb(*group, name, sentence, "  agilevpn group " + example);
  verb->callback([work, options, &context] {
    if (const auto done = work(*options); !done) context.fail(done.error());
  });
  if (name != "list") verb->add_option("NAME", options->name, "The group")->required();
  return verb;
}

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
  verb->add_option("--config", options->configuration, "The gateway's configuration, which has the pools")->capture_default_str();
  verb->add_option("--firewall", options->firewall,
                   "A file with a rule on each line, as \"allow to 10.20.0.0/16 tcp 80,443\"; or none");
}

}  // namespace

void add_group(CLI::App& app, Context& context) {
  auto options = std::make_shared<GroupOptions>();
  CLI::App* group = add_verb(app, "group", "Add, list, change and remove groups of users",
                             "  sudo agilevpn group add staff --routes 10.20.0.0/16\n  agilevpn group show staff");
  group->require_subcommand(1);
  add_directory_option(group, options->directory);
  CLI::App* verb = add_group_verb(group, "add", "Add a group",
                                  "add staff --routes 10.20.0.0/16,fd20::/64 --dns 10.20.0.53 --devices 3", add_one,
                                  options, context);
  add_group_properties(verb, options);
  verb = add_group_verb(group, "set", "Change what a group gets; what is not named stays",
                        "set staff --idle-timeout 15m --dns none", set_one, options, context);
  add_group_properties(verb, options);
  verb = add_group_verb(group, "list", "List the groups", "list", list_all, options, context);
  verb->add_flag("--names", options->only_names, "Only the names, a line each");
  add_json_flag(verb, options->json);
  verb = add_group_verb(group, "show", "Show a group", "show staff", show_one, options, context);
  add_json_flag(verb, options->json);
  add_group_verb(group, "remove", "Remove a group without users", "remove staff", remove_one, options, context);
}

}  // namespace agilevpn::cli
