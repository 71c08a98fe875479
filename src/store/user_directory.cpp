#include "store/user_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/devices.h"
#include "store/ended_logins.h"
#include "store/leases.h"
#include "store/limits.h"
#include "store/log_ins.h"

namespace agilevpn::store {

using gateway::NoUser;

namespace {

// Of one who must be refused.
gateway::Refusal cause_of(const LoginUser& user) {
  if (!user.is_enabled) return gateway::Refusal::UserDisabled;
  return user.is_device_enabled ? gateway::Refusal::UserExpired : gateway::Refusal::DeviceDisabled;
}

Failure<NoUser> trouble(const Error& error) {
  return Failure{NoUser{.reason = error.to_string(), .is_trouble = true, .cause = gateway::Refusal::StoreTrouble}};
}

std::string whole_name(const std::string& user, const std::string& device) {
  return device.empty() ? user : user + "/" + device;
}

Failure<NoUser> not_let_in(const LoginUser& user, std::string why) {
  return Failure{NoUser{.reason = std::move(why), .cause = cause_of(user), .who = whole_name(user.name, user.device)}};
}

}  // namespace

Result<std::unique_ptr<UserDirectory>, Error> UserDirectory::open(const std::filesystem::path& directory,
                                                                  std::shared_ptr<const crypto::MsChap> mschap) {
  // What a power cut may undo are moments of leases and log-ins; the command line's own changes wait for the disk.
  TRY_ASSIGN(auto database, Database::open(directory / database_name,
                                           {.sync = Sync::Lazily, .busy_timeout = limits::user_directory_patience}));
  std::unique_ptr<UserDirectory> users{new UserDirectory(std::move(database), std::move(mschap))};
  static_cast<void>(users->has_changed());
  return users;
}

// ---- leases

Result<void, Error> UserDirectory::take_leases(
    WallTime now, const std::function<void(const gateway::LeasedAddress&, const std::string&)>& take) {
  Leases leases{database_};
  TRY(leases.release_all(now));
  TRY(leases.forget_old(now));
  TRY_ASSIGN(const auto all, leases.load());
  for (const Lease& lease : all) take({lease.pool, lease.address}, whole_name(lease.identity, lease.device));
  return {};
}

Stored<> UserDirectory::put(const gateway::KeepLeases& question, WallTime now) {
  TRY_ASSIGN(auto transaction, Transaction::begin(database_));
  for (const gateway::LeasedAddress& lease : question.leases)
    if (!lease.pool.empty())
      TRY(Leases{database_}.put({lease.pool, lease.address, question.owner, question.device, now, {}}));
  return transaction.commit();
}

gateway::Kept UserDirectory::keep(const gateway::KeepLeases& question, WallTime now) {
  if (const auto kept = put(question, now); !kept)
    return Failure{"its lease cannot be kept: " + kept.error().to_string()};
  return {};
}

void UserDirectory::note(const gateway::ReturnLease& note, WallTime now) {
  if (!note.lease.pool.empty()) static_cast<void>(Leases{database_}.release(note.lease.pool, note.lease.address, now));
}

void UserDirectory::note(const gateway::EndLogin& note, WallTime now) {
  static_cast<void>(EndedLogins{database_}.put(note.login, now, note.remembered));
}

void UserDirectory::forget_old_leases(WallTime now) { static_cast<void>(Leases{database_}.forget_old(now)); }

// ---- logins

Result<LoginUser, NoUser> UserDirectory::find(const std::string& name, WallTime now) {
  auto found = users_.find_for_login(name, now);
  if (!found) return trouble(found.error());
  if (!*found) return Failure{NoUser{.reason = fmt::format("there is no user {}", name), .is_unknown = true}};
  if (auto refusal = (*found)->refusal()) return not_let_in(**found, *std::move(refusal));
  return **std::move(found);
}

PasswordKind UserDirectory::password_kind(const std::string& name, WallTime now) {
  const auto user = find(name, now);
  return user && user->password ? user->password->kind() : PasswordKind::None;
}

gateway::UserAnswer UserDirectory::known(const LoginUser& user) {
  TRY_ASSIGN(auto own, group(user.group));
  gateway::User known{.name = whole_name(user.name, user.device),
                      .group = user.group,
                      .nt_hash = {},
                      .methods = std::move(own.methods)};
  if (const Secret* hash = user.password ? user.password->nt_hash() : nullptr) known.nt_hash = hash->copy();
  return known;
}

gateway::UserAnswer UserDirectory::find(const gateway::FindUser& question, WallTime now) {
  TRY_ASSIGN(const LoginUser user, find(question.name, now));
  return known(user);
}

PasswordCheck UserDirectory::begin_check(const std::string& name, WallTime now) {
  auto user = find(name, now);
  if (!user) return {Failure{std::move(user.error())}, StoredPassword::nobodys(), mschap_};
  return {known(*user), user->password ? std::move(*user->password) : StoredPassword::nobodys(), mschap_};
}

void UserDirectory::note(const gateway::NoteLogin& note, WallTime now) {
  UserId id = note.user;
  if (id == 0) {
    const auto found = find(note.peer, note.fingerprint, now);
    if (!found || !*found) return;
    id = (*found)->id;
  }
  const std::string from = note.from.to_string();
  LogIns log_ins{database_};
  if (!note.failure.empty()) return static_cast<void>(log_ins.failed(id, from, note.failure, now));
  static_cast<void>(log_ins.succeeded(id, from, now));
  if (!note.device.empty()) static_cast<void>(Devices{database_}.saw(id, note.device, from, now));
}

// ---- who may come in, and with what

Stored<std::optional<LoginUser>> UserDirectory::find(const ike::wire::Identity& peer, const Bytes& fingerprint,
                                                     WallTime now) {
  if (!fingerprint.empty()) {
    TRY_ASSIGN(auto device, users_.find_for_certificate(fingerprint, now));
    if (device) return device;
  }
  return users_.find_for_login(peer.to_string(), now);
}

gateway::Authorization UserDirectory::authorize(const gateway::Authorize& question, WallTime now) {
  auto found = find(question.peer, question.fingerprint, now);
  if (!found) return trouble(found.error());
  gateway::Authorized answer;
  const auto& user = *found;
  if (user) {
    if (auto refusal = user->refusal()) return not_let_in(*user, *std::move(refusal));
    answer = {.user = user->name,
              .id = user->id,
              .device = user->device,
              .password_changes = user->password_changes,
              .group = {}};
  } else {
    TRY(refuse_removed(question));
  }
  if (!question.resumed.empty()) {
    const auto has_ended = EndedLogins{database_}.has(question.resumed);
    if (!has_ended) return trouble(has_ended.error());
    if (*has_ended)
      return Failure{NoUser{.reason = "its session was ended, so its ticket brings it back no more",
                            .cause = gateway::Refusal::TicketOutdated}};
  }
  TRY(choose_group(user, question, answer));
  TRY_ASSIGN(answer.overlapping, find_overlapping(question.behind));
  if (user && user->devices_max) answer.group.devices_max = user->devices_max;
  return answer;
}

// The configuration alone decides on who is nobody's user. Whoever was one would come in with what everybody gets, since
// the certificate counts until it is revoked.
Result<void, NoUser> UserDirectory::refuse_removed(const gateway::Authorize& question) {
  if (question.fingerprint.empty()) return {};
  const std::string name = question.peer.to_string();
  const auto was_removed = users_.was_removed(name);
  if (!was_removed) return trouble(was_removed.error());
  if (!*was_removed) return {};
  return Failure{NoUser{.reason = fmt::format("the user {} was removed, and the certificate lets nobody in", name),
                        .is_unknown = true}};
}

Result<void, NoUser> UserDirectory::choose_group(const std::optional<LoginUser>& user,
                                                 const gateway::Authorize& question, gateway::Authorized& answer) {
  const bool has_own = user && user->group != default_group;
  for (const std::string& name : question.named) {
    if (has_own) break;
    TRY_ASSIGN(auto named, find_group(name));
    if (named) {
      answer.group = *std::move(named);
      return {};
    }
    answer.unknown.push_back(name);
  }
  TRY_ASSIGN(answer.group, group(has_own ? user->group : question.group));
  return {};
}

Result<std::vector<gateway::GroupRoute>, NoUser> UserDirectory::find_overlapping(
    const std::vector<IpPrefix>& networks) {
  std::vector<gateway::GroupRoute> found;
  if (networks.empty()) return found;
  const auto groups = Groups{database_}.list();
  if (!groups) return trouble(groups.error());
  for (const Group& group : *groups)
    for (const IpPrefix& route : group.routes)
      if (std::ranges::any_of(networks, [&](const IpPrefix& network) { return network.overlaps(route); }))
        found.push_back({group.name, route});
  return found;
}

// One that only the configuration knows says nothing here.
Result<gateway::Group, NoUser> UserDirectory::group(const std::string& name) {
  TRY_ASSIGN(auto found, find_group(name));
  return found ? *std::move(found) : gateway::Group{.name = name};
}

gateway::GroupAnswer UserDirectory::find_group(const std::string& name) {
  auto found = Groups{database_}.find(name);
  if (!found && found.error().cause == Cause::Refused) return std::nullopt;
  if (!found) return trouble(found.error());
  auto firewall = gateway::parse_firewall(found->firewall);
  if (!firewall)
    return Failure{
        NoUser{.reason = fmt::format("the firewall of group {} cannot be read: {}", name, firewall.error().to_string()),
               .is_trouble = true,
               .cause = gateway::Refusal::StoreTrouble}};
  return gateway::Group{.name = found->name,
                        .routes = found->routes,
                        .dns = found->dns,
                        .domains = found->domains,
                        .pools = found->pools,
                        .methods = found->methods,
                        .idle_timeout = found->idle_timeout,
                        .devices_max = found->devices_max,
                        .firewall = *std::move(firewall)};
}

gateway::GroupAnswer UserDirectory::find(const gateway::FindGroup& question) {
  for (const std::string& name : question.named) {
    TRY_ASSIGN(auto found, find_group(name));
    if (found) return found;
  }
  return std::nullopt;
}

bool UserDirectory::has_changed() {
  const auto version = database_.version_of_others();
  return version && std::exchange(version_, *version) != *version;
}

}  // namespace agilevpn::store
