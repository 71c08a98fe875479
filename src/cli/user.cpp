#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/user_database.h"
#include "cli/user_verbs.h"
#include "store/day.h"

namespace agilevpn::cli {

namespace {

using store::Missing;

std::string expiry_text(const store::User& user) { return user.expires ? store::day_text(*user.expires) : "never"; }

// The options that were given, into the user.
void take_options(const UserOptions& options, store::User& user) {
  if (options.group) user.group = *options.group;
  if (options.expires) user.expires = store::parse_day(*options.expires);
  if (options.note) user.note = *options.note;
  if (options.devices) user.devices_max = count_or(*options.devices, "group");
}

void print_password(const NewPassword& password) {
  if (!password.generated.empty()) fmt::print("  password   {}   (it is shown only now)\n", password.generated);
}

nlohmann::json password_json(const NewPassword& password) {
  return password.generated.empty() ? nlohmann::json(nullptr) : nlohmann::json(password.generated);
}

// ---- add

Result<void, Error> work_add(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Create));
  store::NewUser user;
  user.name = options.name;
  take_options(options, user);
  TRY_ASSIGN(NewPassword password, choose_password(options.name, options.password));
  user.stored_password = std::move(password.stored);
  TRY(store::Users{database}.add(user, wall_now()));
  if (options.json) {
    print_json({{"name", user.name}, {"group", user.group}, {"password", password_json(password)}});
    return {};
  }
  fmt::print("User {} is made (group {}, expires {}{}).\n", user.name, user.group, expiry_text(user),
             user.stored_password ? "" : ", certificates only");
  print_password(password);
  return {};
}

// ---- set, password

Result<void, Error> work_set(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Refuse));
  store::Users users(database);
  TRY_ASSIGN(auto transaction, store::Transaction::begin(database));
  TRY_ASSIGN(store::User user, users.find(options.name));
  take_options(options, user);
  TRY(users.set(user));
  TRY(transaction.commit());
  fmt::print("User {}: group {}, expires {}, {}.\n", user.name, user.group, expiry_text(user),
             user.devices_max ? fmt::format("{} at a time", count_text(*user.devices_max, "device"))
                              : "as many devices as the group");
  return {};
}

Result<void, Error> work_password(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Refuse));
  store::Users users(database);
  TRY_ASSIGN(const store::User user, users.find(options.name));
  TRY_ASSIGN(const NewPassword password, choose_password(user.name, options.password));
  TRY(users.set_password(user.id, password.stored));
  if (options.json) {
    print_json({{"name", user.name}, {"password", password_json(password)}});
    return {};
  }
  fmt::print("User {} {}.\n", user.name, password.stored ? "has a new password" : "logs in with certificates only");
  print_password(password);
  return {};
}

// ---- enable, disable, remove: all of them or none

using Change = store::Stored<> (*)(store::Users&, store::UserId);

Result<void, Error> change_all(const UserOptions& options, Change change, std::string_view done) {
  TRY_ASSIGN(auto database, open_users(options.directory, Missing::Refuse));
  store::Users users(database);
  TRY_ASSIGN(auto transaction, store::Transaction::begin(database));
  std::vector<std::string> names;
  for (const std::string& name : options.names) {
    TRY_ASSIGN(const store::User user, users.find(name));
    TRY(change(users, user.id));
    names.push_back(user.name);
  }
  TRY(transaction.commit());
  for (const std::string& name : names) fmt::print("User {} is {}.\n", name, done);
  return {};
}

Result<void, Error> work_enable(const UserOptions& options) {
  return change_all(
      options, [](store::Users& users, store::UserId id) { return users.set_enabled(id, true); }, "enabled");
}
Result<void, Error> work_disable(const UserOptions& options) {
  return change_all(
      options, [](store::Users& users, store::UserId id) { return users.set_enabled(id, false); }, "disabled");
}
Result<void, Error> work_remove(const UserOptions& options) {
  return change_all(options, [](store::Users& users, store::UserId id) { return users.remove(id); }, "removed");
}

// ---- the command line

void add_name(CLI::App* verb, const std::shared_ptr<UserOptions>& options) {
  verb->add_option("NAME", options->name, "The user")->required();
}

void add_properties(CLI::App* verb, const std::shared_ptr<UserOptions>& options) {
  verb->add_option("--group", options->group, "Its group");
  verb->add_option("--expires", options->expires, "The last day it may log in (UTC), or never")
      ->check(is_day_or_never());
  verb->add_option("--devices", options->devices, "How many devices at a time, or group: as the group says")
      ->check(is_count_or("group"));
  verb->add_option("--note", options->note, "A line for the administrator");
}

}  // namespace

void add_user(CLI::App& app, Context& context) {
  auto options = std::make_shared<UserOptions>();
  CLI::App* user = add_verb(app, "user", "Add, list, change and remove those who may log in",
                            "  sudo agilevpn user add anna --group staff\n  sudo agilevpn user disable bert");
  user->require_subcommand(1);
  add_directory_option(user, options->directory);

  CLI::App* verb = add_work(user, "add", "Add a user, with a password or for certificates only",
                            "add anna --group staff --expires 2027-01-31", work_add, options, context);
  add_name(verb, options);
  add_properties(verb, options);
  add_password_options(verb, options->password);
  add_json_flag(verb, options->json);
  add_user_list(user, options, context);
  add_user_show(user, options, context);
  verb = add_work(user, "set", "Change a user's group, expiry, number of devices or note",
                  "set anna --expires never --devices 3", work_set, options, context);
  add_name(verb, options);
  add_properties(verb, options);
  verb = add_work(user, "password", "Give a user another password, or none", "password anna --generate", work_password,
                  options, context);
  add_name(verb, options);
  add_password_options(verb, options->password);
  add_json_flag(verb, options->json);
  verb = add_work(user, "enable", "Let users log in again", "enable bert", work_enable, options, context);
  verb->add_option("NAME", options->names, "The users")->required();
  verb = add_work(user, "disable", "Shut users out", "disable bert carl", work_disable, options, context);
  verb->add_option("NAME", options->names, "The users")->required();
  verb = add_work(user, "remove", "Remove users, with their devices", "remove bert", work_remove, options, context);
  verb->add_option("NAME", options->names, "The users")->required();
  add_user_device(user, options, context);
  add_user_import(user, options, context);
  add_user_export(user, options, context);
}

}  // namespace agilevpn::cli
