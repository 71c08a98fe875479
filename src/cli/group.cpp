#include "cli/group_options.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "cli/user_database.h"

namespace agilevpn::cli {

namespace {

using nlohmann::json;
using store::Group;
using store::Groups;
using store::Missing;

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

}  // namespace

void add_group(CLI::App& app, Context& context) {
  auto options = std::make_shared<GroupOptions>();
  CLI::App* group = add_verb(app, "group", "Add, list, change and remove groups of users",
                             "  sudo agilevpn group add staff --routes 10.20.0.0/16\n  agilevpn group show staff");
  group->require_subcommand(1);
  add_directory_option(group, options->directory);
  CLI::App* verb =
      add_work(group, "add", "Add a group", "add staff --routes 10.20.0.0/16,fd20::/64 --dns 10.20.0.53 --devices 3",
               add_one, options, context);
  add_group_properties(verb, options);
  verb = add_work(group, "set", "Change what a group gets; what is not named stays",
                  "set staff --idle-timeout 15m --dns none", set_one, options, context);
  add_group_properties(verb, options);
  verb = add_work(group, "list", "List the groups", "list", list_all, options, context);
  verb->add_flag("--names", options->only_names, "Only the names, a line each");
  add_json_flag(verb, options->json);
  verb = add_work(group, "show", "Show a group", "show staff", show_one, options, context);
  add_json_flag(verb, options->json);
  add_work(group, "remove", "Remove a group without users", "remove staff", remove_one, options, context);
  for (CLI::App* each : group->get_subcommands({}))
    if (each->get_name() != "list") each->add_option("NAME", options->name, "The group")->required();
}

}  // namespace agilevpn::cli
