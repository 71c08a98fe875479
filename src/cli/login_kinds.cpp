#include "cli/login_kinds.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/user_database.h"
#include "cli/verb.h"
#include "gateway/authorization.h"
#include "profiles/link.h"
#include "store/user_directory.h"

namespace agilevpn::cli {

namespace {

using control::config::GatewayConfig;
using profiles::LoginKind;
using store::PasswordKind;

eap::Type method_of(LoginKind kind) {
  if (kind == LoginKind::EapTls) return eap::Type::Tls;
  if (kind == LoginKind::Peap) return eap::Type::Peap;
  if (kind == LoginKind::Gtc) return eap::Type::Gtc;
  return profiles::is_ttls(kind) ? eap::Type::Ttls : eap::Type::MsChapV2;
}

bool fits(PasswordKind password, LoginKind kind) {
  if (profiles::is_by_certificate(kind)) return true;
  return password == PasswordKind::NtHash || (password == PasswordKind::Scrypt && profiles::is_password_itself(kind));
}

// The best that a method makes of a password.
std::optional<LoginKind> kind_by(eap::Type method, PasswordKind password) {
  for (const LoginKind kind :
       {LoginKind::Password, LoginKind::Peap, LoginKind::TtlsMsChapV2, LoginKind::TtlsPap, LoginKind::Gtc}) {
    if (method_of(kind) == method && fits(password, kind)) return kind;
  }
  return std::nullopt;
}

// What the gateway would let the user log in by, most wanted first.
std::vector<eap::Type> methods_of(const GatewayConfig& config, const Account& account) {
  auto methods = gateway::offered_methods(config.gateway, account.methods);
  const auto& rule = gateway::rule_named(config.gateway, account.group);
  std::erase_if(methods, [&](eap::Type method) {
    return gateway::objection_to(gateway::method_name(method), std::nullopt, rule).has_value();
  });
  return methods;
}

bool contains(const std::vector<eap::Type>& methods, eap::Type method) {
  return std::ranges::count(methods, method) > 0;
}

gateway::GroupAnswer group_of(store::UserDirectory& users, const std::string& user, const std::string& usual) {
  const auto answer =
      users.authorize({.peer = ike::wire::Identity::parse(user), .fingerprint = {}, .group = usual}, wall_now());
  if (!answer) return Failure{answer.error()};
  return answer->group;
}

}  // namespace

Result<Account, Error> find_account(const GatewayConfig& config, const std::string& user) {
  const auto& directory = config.host.state_directory;
  Account account{.user = user, .group = {}, .methods = {}};
  if (!config.gateway.radius.empty() || !std::filesystem::exists(directory / store::database_name)) return account;
  TRY_ASSIGN(auto database, open_users(directory, store::Missing::Refuse));
  store::UserDirectory users{std::move(database)};
  const auto known = users.find(gateway::FindUser{.name = user, .is_guess = false}, wall_now());
  if (!known && known.error().is_unknown) return account;
  if (!known)
    return Failure{
        Error{"the gateway would refuse this login: " + known.error().reason, "agilevpn explain --user " + user}};
  account.is_known = true;
  account.password = users.password_kind(user, wall_now());
  account.group = known->group;
  account.methods = known->methods;
  return account;
}

Result<gateway::Group, Error> find_group(const GatewayConfig& config, const std::string& user,
                                         const std::optional<std::string>& asked, const std::string& usual) {
  const auto& directory = config.host.state_directory;
  if (std::filesystem::exists(directory / store::database_name)) {
    TRY_ASSIGN(auto database, open_users(directory, store::Missing::Refuse));
    store::UserDirectory users{std::move(database)};
    auto found = asked ? users.find(gateway::FindGroup{.named = {*asked}}) : group_of(users, user, usual);
    if (!found) return Failure{Error{std::move(found.error().reason)}};
    if (*found) return **std::move(found);
  }
  if (!asked) return gateway::Group{.name = usual};
  if (std::ranges::count(config.gateway.rules, *asked, &gateway::ConnectionRule::name) > 0)
    return gateway::Group{.name = *asked};
  return Failure{Error{fmt::format("there is no group '{}'", *asked),
                       "see agilevpn group list, and [group.NAME] in gateway.toml"}};
}

std::vector<LoginKind> fitting_kinds(const GatewayConfig& config, const Account& account) {
  if (config.gateway.radius_checks_passwords) return {LoginKind::Gtc};
  if (!config.gateway.radius.empty()) return {LoginKind::Password};
  const auto methods = methods_of(config, account);
  std::vector<LoginKind> kinds;
  for (const eap::Type method : methods) {
    if (const auto kind = kind_by(method, account.password)) kinds.push_back(*kind);
  }
  if (kinds.empty()) kinds.push_back(contains(methods, eap::Type::Tls) ? LoginKind::EapTls : LoginKind::Certificate);
  return kinds;
}

std::optional<Error> why_not(const GatewayConfig& config, const Account& account, LoginKind kind) {
  if (kind == LoginKind::Certificate) return std::nullopt;
  if (config.gateway.radius_checks_passwords && kind != LoginKind::Gtc)
    return Error{"the RADIUS servers check passwords only (gtc = true), so users log in by EAP-GTC",
                 "--login eap-gtc, or --login certificate"};
  if (!config.gateway.radius.empty()) return std::nullopt;
  const std::string method = gateway::method_name(method_of(kind));
  const std::string help = fmt::format("--login {}; see also: agilevpn explain --user {}",
                                       profiles::to_string(fitting_kinds(config, account).front()), account.user);
  if (!contains(config.gateway.eap_methods, method_of(kind)))
    return Error{fmt::format("the gateway offers no {}", method), "methods of [users] in gateway.toml; or: " + help};
  if (!contains(methods_of(config, account), method_of(kind)))
    return Error{fmt::format("the group of {} may not log in by {}", account.user, method), help};
  if (fits(account.password, kind)) return std::nullopt;
  if (account.password == PasswordKind::None) return Error{why_no_password(account), help};
  return Error{
      fmt::format("the password of {} is kept by scrypt, and MSCHAPv2, which this login is by, needs its NT hash",
                  account.user),
      help};
}

std::string why_no_password(const Account& account) {
  switch (account.password) {
    case PasswordKind::None: return fmt::format("no password of {} is kept", account.user);
    case PasswordKind::Scrypt:
      return fmt::format("the password of {} is kept by scrypt, and the gateway offers neither EAP-TTLS nor EAP-GTC",
                         account.user);
    case PasswordKind::NtHash: break;
  }
  return fmt::format("the gateway offers {} no login by a password", account.user);
}

}  // namespace agilevpn::cli
