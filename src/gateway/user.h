// Users as a gateway needs to know them. Where they are kept is its owner's matter: a store, a directory, a test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "gateway/firewall_rules.h"
#include "gateway/refusal.h"
#include "ike/sa_change.h"
#include "ike/wire/message.h"

namespace agilevpn::gateway {

struct User {
  std::string name;   // As it is kept, however it was typed; "anna/phone" if that device has a name of its own.
  std::string group;  // The rule of this name is its; empty, or without such a rule: the last one.
  Secret nt_hash;     // 16 octets (RFC 2759 §8.3); empty: none is kept.
  std::vector<std::string> methods;  // That its group may use; empty: all.
};
struct NoUser {
  std::string reason;       // "anna is disabled", for the operator.
  bool is_unknown = false;  // Nobody is kept under this name.
  bool is_trouble = false;  // The owner cannot say: a damaged file, a full disk. Nobody new comes in; who is in stays.
  Refusal cause = is_unknown ? Refusal::UnknownUser : Refusal::Other;
  std::string who{};  // As it is kept, "anna/phone"; empty: nobody is.
};
using UserAnswer = Result<User, NoUser>;

// ---- Questions to the gateway's owner, each answered in its own time. FindUser and CheckPassword: Gateway::handle_user().
struct FindUser {
  std::string name;      // As it was typed: "DOMAIN\anna", "anna@example.org", "anna".
  bool is_guess = true;  // A password is tried. False: only who it is.
};
struct CheckPassword {  // NoUser, if it is wrong.
  std::string name;
  Secret password;  // UTF-8
};

// ---- Somebody has proved who it is, by whatever method. May it come in, as whom, and what does it get? Asked again about those
// who are in, by Gateway::recheck(). Answered by Gateway::handle_authorization().
struct Authorize {
  ike::wire::Identity peer;
  Bytes fingerprint;  // SHA-256 of its certificate; empty: it showed none.
  std::string group;  // That the configuration puts it in, for its login or for the first that a RADIUS server names.
  // Groups that a RADIUS server names: the first of these that the owner has counts over `group`.
  std::vector<std::string> named = {};
  std::vector<IpPrefix> behind = {};  // Networks that are to stand behind its client.
  Bytes resumed = {};  // The login that it resumes by a ticket, Session::login_id; empty: it has just logged in.
};
// A group of the owner's: over the configuration's of the same name, item by item where it says something.
struct Group {
  std::string name;
  std::vector<IpPrefix> routes;
  std::vector<IpAddress> dns;
  std::vector<std::string> domains;
  std::vector<std::string> pools;
  std::vector<std::string> methods;
  std::optional<Duration> idle_timeout;  // 0: never.
  std::optional<unsigned> devices_max;   // Of one user at a time.
  FirewallRules firewall;
};
struct GroupRoute {
  std::string group;
  IpPrefix route;
};
struct Authorized {
  std::string user;                          // As it is kept; empty: it is nobody whom the owner keeps.
  std::int64_t id = 0;                       // The user's: another one who gets the same name later has another.
  std::string device;                        // One that has a name of its own; may be empty.
  std::int64_t password_changes = 0;         // So many; another number: its password is another.
  Group group;                               // The user's own, else of the question's `named`, or its `group`.
  std::vector<std::string> unknown = {};     // Of `named`: those that were looked for and are none.
  std::vector<GroupRoute> overlapping = {};  // What groups of the owner's reach, where it has a part of `behind`.
};
using Authorization = Result<Authorized, NoUser>;

// ---- Into which group does a RADIUS server order sessions (RFC 5176)? Answered by Gateway::handle_group(): the first
// of these that the owner has; nothing: none.
struct FindGroup {
  std::uint64_t order = 0;  // For the answer.
  std::vector<std::string> named;
};
using GroupAnswer = Result<std::optional<Group>, NoUser>;

struct LeasedAddress {
  std::string pool;  // Empty: of none.
  IpAddress address;
};
// ---- Keep these addresses for this owner, and let the firewall know them, before the client does. Answered by
// Gateway::handle_kept(): nothing, or why not.
struct KeepLeases {
  std::string owner;
  std::string device;
  std::vector<LeasedAddress> leases;
  std::vector<IpPrefix> networks;  // Behind its client: for the firewall.
  FirewallRules firewall;
};
using Kept = Result<void, std::string>;

// ---- Without an answer.
struct ReturnLease {
  LeasedAddress lease;
};
struct LeadNetwork {  // A network that stands behind a client leads into the tunnel from now on.
  IpPrefix network;
};
struct ReturnNetwork {  // No session has it any more; maybe it never led anywhere.
  IpPrefix network;
};
struct SetFirewall {  // Other rules for addresses in use.
  std::vector<IpAddress> addresses;
  std::vector<IpPrefix> networks;
  FirewallRules firewall;
};
struct
    EndLogin {  // Its sessions were ended, and tickets that it was given bring none of them back. For so long it must be remembered.
  Bytes login;
  Duration remembered{};
};
struct NoteLogin {
  ike::wire::Identity peer;  // Where it failed: as far as it was known.
  Bytes fingerprint;
  std::int64_t user = 0;  // 0: not known yet.
  std::string device;
  IpAddress from;
  std::string failure;  // Empty: it is in.
};

using UserQuestion = std::variant<FindUser, CheckPassword, Authorize, FindGroup, KeepLeases, ReturnLease, LeadNetwork,
                                  ReturnNetwork, SetFirewall, EndLogin, NoteLogin>;

struct UserAsk {
  ike::IkeSaId ike_sa;  // Whom it is about.
  UserQuestion question;
};

}  // namespace agilevpn::gateway
