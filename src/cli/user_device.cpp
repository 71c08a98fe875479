#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/user_database.h"
#include "cli/user_verbs.h"
#include "control/config/credential_files.h"
#include "store/devices.h"

namespace agilevpn::cli {

namespace {

using store::Devices;
using store::User;
using store::Users;

// ---- add

Result<std::optional<Bytes>, Error> fingerprint_of(const std::filesystem::path& file) {
  if (file.empty()) return std::nullopt;
  TRY_ASSIGN(const auto certificates, control::config::load_certificates(file));
  if (certificates.empty()) return Failure{Error{fmt::format("{} has no certificate in it", file.string()), ""}};
  return to_bytes(certificates.front().sha256_fingerprint());
}

// A device with a certificate has a password of its own only on request.
Result<NewPassword, Error> device_password(const UserOptions& options) {
  const bool is_asked_for = options.password.from_stdin || options.password.generates;
  if (!is_asked_for && !options.file.empty()) return NewPassword{};
  return choose_password(fmt::format("{}/{}", options.name, options.device), options.password);
}

Result<void, Error> work_device_add(const UserOptions& options) {
  TRY_ASSIGN(auto database, open_users(options.directory, store::Missing::Refuse));
  TRY_ASSIGN(const User user, Users{database}.find(options.name));
  store::NewDevice device{.name = options.device, .fingerprint = {}, .password = {}};
  TRY_ASSIGN(device.fingerprint, fingerprint_of(options.file));
  TRY_ASSIGN(NewPassword password, device_password(options));
  device.password = std::move(password.stored);
  TRY(Devices{database}.add(user.id, device, wall_now()));
  if (options.json) {
    print_json(
        {{"user", user.name},
         {"device", device.name},
         {"password", password.generated.empty() ? nlohmann::json(nullptr) : nlohmann::json(password.generated)}});
    return {};
  }
  fmt::print("Device {} of {} is made.\n", device.name, user.name);
  if (device.password) fmt::print("  user name  {}/{}\n", user.name, device.name);
  if (!password.generated.empty()) fmt::print("  password   {}   (it is shown only now)\n", password.generated);
  return {};
}

// ---- enable, disable, remove

using DeviceChange = store::Stored<> (*)(Devices&, store::UserId, const std::string&);

Result<void, Error> change_device(const UserOptions& options, DeviceChange change, std::string_view done) {
  TRY_ASSIGN(auto database, open_users(options.directory, store::Missing::Refuse));
  TRY_ASSIGN(const User user, Users{database}.find(options.name));
  Devices devices(database);
  TRY(change(devices, user.id, options.device));
  fmt::print("Device {} of {} is {}.\n", options.device, user.name, done);
  return {};
}

Result<void, Error> work_device_enable(const UserOptions& options) {
  return change_device(
      options,
      [](Devices& devices, store::UserId user, const std::string& name) {
        return devices.set_enabled(user, name, true);
      },
      "enabled");
}
Result<void, Error> work_device_disable(const UserOptions& options) {
  return change_device(
      options,
      [](Devices& devices, store::UserId user, const std::string& name) {
        return devices.set_enabled(user, name, false);
      },
      "disabled");
}
Result<void, Error> work_device_remove(const UserOptions& options) {
  return change_device(
      options, [](Devices& devices, store::UserId user, const std::string& name) { return devices.remove(user, name); },
      "removed");
}

void add_user_and_device(CLI::App* verb, const std::shared_ptr<UserOptions>& options) {
  verb->add_option("NAME", options->name, "The user")->required();
  verb->add_option("DEVICE", options->device, "Its device")->required();
}

}  // namespace

void add_user_device(CLI::App* user, const std::shared_ptr<UserOptions>& options, Context& context) {
  CLI::App* device = add_verb(
      *user, "device", "Give a device of a user a password or certificate of its own, and shut it out when it is lost",
      "  agilevpn user device add anna phone\n  agilevpn user device disable anna phone");
  device->require_subcommand(1);
  CLI::App* verb = add_work(device, "add", "Add a device; it logs in as NAME/DEVICE, or with its certificate",
                            "add anna laptop --certificate laptop.pem", work_device_add, options, context);
  add_user_and_device(verb, options);
  verb->add_option("--certificate", options->file, "A file with its certificate");
  add_password_options(verb, options->password);
  add_json_flag(verb, options->json);
  add_user_and_device(add_work(device, "enable", "Let a device log in again", "enable anna phone", work_device_enable,
                               options, context),
                      options);
  add_user_and_device(
      add_work(device, "disable", "Shut a device out", "disable anna phone", work_device_disable, options, context),
      options);
  add_user_and_device(
      add_work(device, "remove", "Forget a device", "remove anna phone", work_device_remove, options, context),
      options);
}

}  // namespace agilevpn::cli
