#include "cli/profile_login.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/login_kinds.h"
#include "cli/user_database.h"
#include "cli/verb.h"
#include "control/config/credential_files.h"
#include "control/files/pki_store.h"
#include "linux/system_random.h"
#include "profiles/link.h"
#include "store/devices.h"
#include "store/name.h"

namespace agilevpn::cli {

namespace {

using control::config::GatewayConfig;
using control::files::PkiStore;
using profiles::LoginKind;
using std::filesystem::path;
using Kinds = std::vector<LoginKind>;
using Notes = std::vector<std::string>;

constexpr std::string_view any_ttls = "eap-ttls";  // With PAP or MSCHAPv2 inside, as the password allows.

// "anna/phone" has a certificate of its own. Its name is still anna's where the device is not kept any more.
std::string certificate_name(const std::string& user) {
  std::string name = user;
  const auto slash = name.find('/');
  if (slash != std::string::npos) name[slash] = '@';
  return name;
}

// Of "anna/phone": "phone"; empty: no device is named.
std::string device_of(const std::string& user) {
  const auto slash = user.find('/');
  return slash == std::string::npos ? "" : user.substr(slash + 1);
}

std::string how_to_add(const std::string& user) {
  const std::string device = device_of(user);
  if (device.empty()) return fmt::format("there is no user {0} yet: agilevpn user add {0}", user);
  return fmt::format("there is no {} yet: agilevpn user device add {} {}", user, user.substr(0, user.find('/')),
                     device);
}

// Before it is given a certificate.
Result<void, Error> check_device(store::Database& database, const std::string& user, const std::string& device) {
  TRY_ASSIGN(const store::User owner, store::Users{database}.find(user));
  TRY_ASSIGN(const auto devices, store::Devices{database}.list(owner.id));
  const auto is_it = [&](const store::Device& each) { return store::name_key(each.name) == store::name_key(device); };
  if (std::ranges::none_of(devices, is_it))
    return Failure{Error{fmt::format("{} has no device {}", user, device),
                         fmt::format("agilevpn user device add {} {}", user, device)}};
  const std::string name = user + "@" + device;
  if (store::Users{database}.find(name))
    return Failure{
        Error{fmt::format("{} is a user, too, whose certificate has that name", name), "give the device another name"}};
  return {};
}

Result<void, Error> check_own_ca(const PkiStore& pki, const path& directory, const GatewayConfig& config,
                                 LoginKind kind) {
  const bool is_judged_elsewhere = !config.gateway.radius.empty() && kind != LoginKind::Certificate;
  if (is_judged_elsewhere || std::ranges::count(config.credentials.authorities(), pki.ca().key_hash()) > 0) return {};
  return Failure{
      Error{"this gateway believes no certificates of its own CA: `ca` of [clients] in gateway.toml names others",
            fmt::format("--certificate FILE with one of theirs; or add \"{}\" to `ca`",
                        PkiStore::ca_file(directory).string())}};
}

// That of the own CA; a user who has none yet is given one.
Result<control::config::OwnCertificate, Error> own_certificate(const LoginOptions& options, const GatewayConfig& config,
                                                               LoginKind kind, Notes& notes) {
  if (!options.certificate.empty()) {
    Secret password;
    if (!options.certificate_password.empty()) {
      TRY_ASSIGN(password, control::config::load_secret(options.certificate_password));
    }
    return control::config::load_own_certificate(options.certificate, {}, password);
  }
  const path directory = config.host.state_directory / "pki";
  TRY_ASSIGN(PkiStore pki, PkiStore::open(directory));
  TRY(check_own_ca(pki, directory, config, kind));
  const std::string name = certificate_name(options.user);
  const auto* issued = pki.find(name);
  if (!issued || issued->revoked || issued->not_after < wall_now()) {
    linux::SystemRandom random;
    TRY(pki.issue({.name = name, .password = control::files::make_password(random.secret_bytes(10).view())},
                  wall_now()));
    notes.push_back(fmt::format("made a certificate for {}", options.user));
  }
  return control::config::load_own_certificate(PkiStore::issued_file(directory, name, ".pem"),
                                               PkiStore::issued_file(directory, name, ".key"), {});
}

// As it was typed. Nothing: it was not.
Result<std::optional<LoginKind>, Error> asked_kind(const LoginOptions& options, const Account& account) {
  if (options.login.empty()) return std::nullopt;
  if (options.login == any_ttls) return account.has_nt_hash() ? LoginKind::TtlsMsChapV2 : LoginKind::TtlsPap;
  if (const auto kind = profiles::parse_login_kind(options.login)) return kind;
  return Failure{Error{fmt::format("there is no login '{}'", options.login),
                       "password, certificate, eap-tls, peap, eap-ttls, eap-ttls-pap, eap-ttls-mschapv2 or eap-gtc"}};
}

Result<Kinds, Error> choose_kinds(const LoginOptions& options, const GatewayConfig& config, Notes& notes) {
  TRY_ASSIGN(const Account account, find_account(config, options.user));
  TRY_ASSIGN(const auto asked, asked_kind(options, account));
  if (asked) {
    if (auto refusal = why_not(config, account, *asked)) return Failure{*std::move(refusal)};
  }
  Kinds kinds = asked ? Kinds{*asked} : fitting_kinds(config, account);
  const bool is_by_password = !profiles::is_by_certificate(kinds.front());
  const bool has_users = config.gateway.radius.empty() &&
                         !config.gateway.eap_methods.empty();  // Else a RADIUS server knows who there is, or nobody.
  if (has_users && !account.is_known && is_by_password) notes.push_back(how_to_add(options.user));
  if (has_users && !account.is_known && !is_by_password)
    notes.push_back(fmt::format(
        "there is no user {}, whom the certificate lets in all the same; to have a group and an expiry for it: "
        "agilevpn user add {} --no-password",
        options.user, options.user));
  if (!asked && !is_by_password && account.is_known)
    notes.push_back(fmt::format("{} logs in by certificate: {}", options.user, why_no_password(account)));
  return kinds;
}

// With a password that is made up.
void lock_certificate(ChosenLogin& chosen, control::config::OwnCertificate own) {
  linux::SystemRandom random;
  Secret password = control::files::make_password(random.secret_bytes(10).view());
  chosen.certificate_password = to_text(password.view());
  chosen.login.certificate = profiles::UserCertificate{std::move(own.certificate), std::move(own.key),
                                                       std::move(own.chain), std::move(password)};
}

Result<void, Error> add_certificate(ChosenLogin& chosen, const LoginOptions& options, const GatewayConfig& config,
                                    Notes& notes) {
  const std::string device = config.gateway.radius.empty() ? device_of(options.user) : "";
  if (device.empty()) {
    TRY_ASSIGN(auto own, own_certificate(options, config, chosen.login.kind, notes));
    lock_certificate(chosen, std::move(own));
    return {};
  }
  const std::string user = options.user.substr(0, options.user.find('/'));
  TRY_ASSIGN(auto database, open_users(config.host.state_directory, store::Missing::Refuse));
  TRY(check_device(database, user, device));
  TRY_ASSIGN(auto own, own_certificate(options, config, chosen.login.kind, notes));
  TRY_ASSIGN(const store::User owner, store::Users{database}.find(user));
  TRY(store::Devices{database}.set_fingerprint(
      owner.id, device, own.certificate.sha256_fingerprint()));  // It is known by that from now on.
  lock_certificate(chosen, std::move(own));
  return {};
}

}  // namespace

void add_login_options(CLI::App* verb, LoginOptions& options) {
  verb->add_option("USER", options.user, "Who logs in")->required();
  verb->add_option("--login", options.login, "By default what the user's password and the gateway's methods allow")
      ->type_name("{password,certificate,eap-tls,peap,eap-ttls,eap-ttls-pap,eap-ttls-mschapv2,eap-gtc}");
  verb->add_option(
      "--login-server", options.server,
      "Whom the server of EAP-TLS, PEAP and EAP-TTLS must prove to be, if a RADIUS server has a name of its own there");
  verb->add_option("--certificate", options.certificate,
                   "The user's certificate with its key (.p12 or PEM), instead of one of the own CA");
  verb->add_option("--certificate-password-file", options.certificate_password, "The password of that file");
  verb->add_option("--password-file", options.password, "The user's password, for --with-passwords");
  verb->add_flag("--with-passwords", options.writes_passwords,
                 "Write passwords into the profiles; else the device asks");
}

Result<ChosenLogin, Error> choose_login(const LoginOptions& options, const GatewayConfig& config,
                                        std::vector<std::string>& notes) {
  ChosenLogin chosen{.login = {.kind = {},
                               .user = options.user,
                               .certificate = {},
                               .password = {},
                               .writes_passwords = options.writes_passwords},
                     .kinds = {},
                     .certificate_password = {}};
  TRY_ASSIGN(chosen.kinds, choose_kinds(options, config, notes));
  chosen.login.kind = chosen.kinds.front();
  if (!options.password.empty()) {
    TRY_ASSIGN(chosen.login.password, control::config::load_secret(options.password));
  }
  if (profiles::is_by_certificate(chosen.login.kind)) TRY(add_certificate(chosen, options, config, notes));
  return chosen;
}

}  // namespace agilevpn::cli
