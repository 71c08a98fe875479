#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "cli/user_database.h"
#include "cli/user_verbs.h"
#include "control/status_json.h"
#include "store/day.h"
#include "store/devices.h"
#include "store/log_ins.h"
#include "store/name.h"

namespace agilevpn::cli {

namespace {

using nlohmann::json;
using store::Device;
using store::LogInRecord;
using store::User;

std::string minute_text(WallTime time) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(time);
  const auto date = std::chrono::floor<std::chrono::days>(minute);
  const std::chrono::hh_mm_ss clock{minute - date};
  return fmt::format("{} {:02}:{:02}", store::day_text(date), clock.hours().count(), clock.minutes().count());
}

json time_json(const std::optional<WallTime>& time) { return time ? json(minute_text(*time)) : json(nullptr); }

bool is_over(const User& user) {
  return user.expires && *user.expires < std::chrono::floor<std::chrono::days>(wall_now());
}

std::string user_state(const User& user) {
  return !user.is_enabled ? "disabled" : is_over(user) ? "expired" : "enabled";
}

json user_json(const User& user, const LogInRecord& log_ins) {
  return {{"name", user.name},
          {"group", user.group},
          {"state", user_state(user)},
          {"enabled", user.is_enabled},
          {"expires", user.expires ? json(store::day_text(*user.expires)) : json(nullptr)},
          {"devices_max", user.devices_max ? json(*user.devices_max) : json(nullptr)},
          {"password", to_string(user.password)},
          {"note", user.note},
          {"created", minute_text(user.created)},
          {"last_login", time_json(log_ins.success)}};
}

// ---- list

Result<void, Error> print_names(const std::vector<User>& users) {
  for (const User& user : users) fmt::print("{}\n", user.name);
  return {};
}

Result<void, Error> work_list(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, store::Missing::Refuse));
  if (options.group) TRY(store::Groups{database}.find(*options.group));
  TRY_ASSIGN(const auto users, store::Users{database}.list());
  if (options.only_names) return print_names(users);
  auto out = json::array();
  Table table({"USER", "GROUP", "STATE", "EXPIRES", "DEVICES", "PASSWORD", "LAST LOG-IN", "NOTE"});
  for (const User& user : users) {
    if (options.group && store::name_key(*options.group) != store::name_key(user.group)) continue;
    TRY_ASSIGN(const LogInRecord log_ins, store::LogIns{database}.find(user.id));
    out.push_back(user_json(user, log_ins));
    table.add({user.name, user.group, user_state(user), user.expires ? store::day_text(*user.expires) : "never",
               user.devices_max ? std::to_string(*user.devices_max) : "-", to_string(user.password),
               log_ins.success ? minute_text(*log_ins.success) : "-", user.note});
  }
  if (options.json) {
    print_json(out);
  } else {
    fmt::print("{}", table.text());
  }
  return {};
}

// ---- show

json device_json(const Device& device) {
  return {{"name", device.name},
          {"enabled", device.is_enabled},
          {"certificate", device.fingerprint ? json(to_hex(*device.fingerprint)) : json(nullptr)},
          {"password", to_string(device.password)},
          {"last_seen", time_json(device.last_seen)},
          {"last_address", device.last_address}};
}

// Of a gateway that runs on this host; nothing: none does.
std::optional<std::vector<control::SessionStatus>> sessions_of(const User& user, const UserOptions& options) {
  const auto answer = control::Client(options.socket).get("/v1/status");
  if (!answer) return std::nullopt;
  auto sessions = answer->get<control::Status>().sessions;
  std::erase_if(sessions, [&](const auto& session) { return session.user != user.name; });
  return sessions;
}

void print_sessions(const std::vector<control::SessionStatus>& sessions) {
  if (sessions.empty()) fmt::print("  sessions     none\n");
  for (const auto& session : sessions)
    fmt::print("  session      {}{}: {} from {}, inner address {}\n", session.id,
               session.device.empty() ? "" : " of " + session.device, session.state, session.origin_address,
               join(session.inner_addresses));
}

json whole_json(const User& user, const LogInRecord& log_ins, const std::vector<Device>& devices) {
  json out = user_json(user, log_ins);
  out["last_login_address"] = log_ins.success_address;
  out["last_failure"] = time_json(log_ins.failure);
  out["last_failure_address"] = log_ins.failure_address;
  out["last_failure_cause"] = log_ins.failure_cause;
  out["failures"] = log_ins.failures;
  out["devices"] = json::array();
  for (const Device& device : devices) out["devices"].push_back(device_json(device));
  return out;
}

void print_log_ins(const LogInRecord& log_ins) {
  fmt::print(
      "  last log-in  {}\n",
      log_ins.success ? fmt::format("{} from {}", minute_text(*log_ins.success), log_ins.success_address) : "none yet");
  if (!log_ins.failure) return;
  fmt::print("  last failure {} from {}: {}\n", minute_text(*log_ins.failure), log_ins.failure_address,
             log_ins.failure_cause);
  if (log_ins.failures > 0) fmt::print("               {} since the last log-in\n", log_ins.failures);
}

void print_device(const Device& device) {
  std::string parts = device.is_enabled ? "enabled" : "disabled";
  if (device.fingerprint) parts += fmt::format(", certificate {}...", to_hex(*device.fingerprint).substr(0, 16));
  if (device.password != store::PasswordKind::None)
    parts += fmt::format(", password of its own ({})", to_string(device.password));
  if (device.last_seen) parts += fmt::format(", seen {} from {}", minute_text(*device.last_seen), device.last_address);
  fmt::print("  device       {}: {}\n", device.name, parts);
}

void print_user(const User& user) {
  fmt::print("{}  ({})\n", user.name, user_state(user));
  fmt::print("  group        {}\n", user.group);
  fmt::print("  password     {}\n", user.password == store::PasswordKind::None ? "none: certificates only"
                                                                               : "kept as " + to_string(user.password));
  fmt::print("  expires      {}\n", user.expires ? store::day_text(*user.expires) : "never");
  fmt::print("  at a time    {}\n",
             user.devices_max ? count_text(*user.devices_max, "device") : "as many devices as the group says");
  if (!user.note.empty()) fmt::print("  note         {}\n", user.note);
  fmt::print("  since        {}\n", minute_text(user.created));
}

Result<void, Error> work_show(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, store::Missing::Refuse));
  TRY_ASSIGN(const User user, store::Users{database}.find(options.name));
  TRY_ASSIGN(const LogInRecord log_ins, store::LogIns{database}.find(user.id));
  TRY_ASSIGN(const auto devices, store::Devices{database}.list(user.id));
  const auto sessions = sessions_of(user, options);
  if (options.json) {
    json whole = whole_json(user, log_ins, devices);
    whole["sessions"] = sessions ? json(*sessions) : json(nullptr);
    print_json(whole);
    return {};
  }
  print_user(user);
  print_log_ins(log_ins);
  for (const Device& device : devices) print_device(device);
  if (sessions) print_sessions(*sessions);
  return {};
}

}  // namespace

void add_user_list(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context) {
  CLI::App* verb = add_work(user, "list", "List the users", "list --group staff", work_list, options, context);
  verb->add_option("--group", options->group, "Only this group");
  verb->add_flag("--names", options->only_names, "Only the names of all, a line each");
  add_json_flag(verb, options->json);
}

void add_user_show(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context) {
  CLI::App* verb = add_work(user, "show", "Show a user, its devices and how its last log-ins went", "show anna",
                            work_show, options, context);
  verb->add_option("NAME", options->name, "The user")->required();
  add_json_flag(verb, options->json);
}

}  // namespace agilevpn::cli
