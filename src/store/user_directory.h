// What `agilevpn user` and `agilevpn group` keep, and the leases, as a gateway asks for it: who may come in, and with
// what. Synchronous, and for one thread at a time: daemon/user_link.h has one for it.
//
// A database that does not answer is nobody's fault and lets nobody in: the reason says so. It ends nobody's session.
#pragma once

#include <filesystem>
#include <functional>

#include "gateway/user.h"
#include "store/groups.h"
#include "store/password_check.h"
#include "store/users.h"

namespace agilevpn::store {

class UserDirectory {
 public:
  // Makes an empty database if there is none. `directory` is the gateway's state directory; `mschap` as in
  // gateway::Config.
  static Result<std::unique_ptr<UserDirectory>, Error> open(const std::filesystem::path& directory,
                                                            std::shared_ptr<const crypto::MsChap> mschap);
  explicit UserDirectory(Database database, std::shared_ptr<const crypto::MsChap> mschap = nullptr)
      : database_(std::move(database)), users_(database_), mschap_(std::move(mschap)) {}
  UserDirectory(const UserDirectory&) = delete;

  // Once, before anything is leased: nothing is in use any more. Hands over every lease with its owner, longest ago
  // first.
  Result<void, Error> take_leases(
      WallTime now, const std::function<void(const gateway::LeasedAddress&, const std::string& owner)>& take);

  gateway::UserAnswer find(const gateway::FindUser& question, WallTime now);
  // How the password is kept of whom find() finds.
  PasswordKind password_kind(const std::string& name, WallTime now);
  PasswordCheck begin_check(const std::string& name, WallTime now);
  gateway::Authorization authorize(const gateway::Authorize& question, WallTime now);
  gateway::GroupAnswer find(const gateway::FindGroup& question);
  gateway::Kept keep(const gateway::KeepLeases& question, WallTime now);
  // What these cannot write is of no use to anybody later, or is made good at the next start.
  void note(const gateway::ReturnLease& note, WallTime now);
  void note(const gateway::NoteLogin& note, WallTime now);
  void note(const gateway::EndLogin& note, WallTime now);
  void forget_old_leases(WallTime now);

  // Whether somebody else has changed something since the last call.
  bool has_changed();

 private:
  Result<LoginUser, gateway::NoUser> find(const std::string& name, WallTime now);
  Stored<std::optional<LoginUser>> find(const ike::wire::Identity& peer, const Bytes& fingerprint, WallTime now);
  gateway::UserAnswer known(const LoginUser& user);
  Result<void, gateway::NoUser> refuse_removed(const gateway::Authorize& question);
  // What it gets who may come in: the `user`'s own group, one that a RADIUS server named, or the question's.
  Result<void, gateway::NoUser> choose_group(const std::optional<LoginUser>& user, const gateway::Authorize& question,
                                             gateway::Authorized& answer);
  // The routes of groups that have a part of these networks.
  Result<std::vector<gateway::GroupRoute>, gateway::NoUser> find_overlapping(const std::vector<IpPrefix>& networks);
  Result<gateway::Group, gateway::NoUser> group(const std::string& name);
  // Nothing: there is none.
  gateway::GroupAnswer find_group(const std::string& name);
  Stored<> put(const gateway::KeepLeases& question, WallTime now);

  Database database_;
  Users users_;
  std::shared_ptr<const crypto::MsChap> mschap_;
  std::int64_t version_ = 0;
};

}  // namespace agilevpn::store
