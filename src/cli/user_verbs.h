// What the verbs below `agilevpn user` share. add_user() is in verb.h.
#pragma once

#include "cli/user_password.h"
#include "cli/verb.h"
#include "store/users.h"

namespace agilevpn::cli {

struct UserOptions {
  std::filesystem::path directory;
  std::filesystem::path socket;  // Of the gateway's daemon, which may not run.
  bool json = false;
  bool only_names = false;
  std::string name;
  std::vector<std::string> names;
  std::optional<std::string> group;
  std::optional<std::string> expires;  // "2027-01-31", "never"
  std::optional<std::string> devices;  // "3", "group"
  std::optional<std::string> note;
  PasswordOptions password;
  std::filesystem::path file;
  bool skips_errors = false;
  std::string device;
};

// user_table.cpp
void add_user_list(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context);
void add_user_show(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context);
// user_import.cpp
void add_user_import(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context);
void add_user_export(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context);
// user_device.cpp
void add_user_device(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context);

}  // namespace agilevpn::cli
