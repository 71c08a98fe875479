// Users as a gateway needs to know them. Where they are kept is its owner's matter: a store, a directory, a test.
#pragma once

#include <string>
#include <variant>

#include "base/result.h"
#include "base/secret.h"
#include "ike/sa_change.h"

namespace agilevpn::gateway {

struct User {
  std::string name;   // As it is kept, however it was typed.
  std::string group;  // The rule of this name is its; empty, or without such a rule: the last one.
  Secret nt_hash;     // 16 octets (RFC 2759 §8.3); empty: none is kept.
};
struct NoUser {
  std::string reason;       // "anna is disabled", for the operator.
  bool is_unknown = false;  // Nobody is kept under this name.
};
using UserAnswer = Result<User, NoUser>;

// ---- Questions to the gateway's owner. Each is answered by Gateway::handle_user(), in its own time.
struct FindUser {
  std::string name;  // As it was typed: "DOMAIN\anna", "anna@example.org", "anna".
};
struct CheckPassword {  // NoUser, if it is wrong.
  std::string name;
  Secret password;  // UTF-8
};
using UserQuestion = std::variant<FindUser, CheckPassword>;

struct UserAsk {
  ike::IkeSaId ike_sa;  // Whose login it is.
  UserQuestion question;
};

}  // namespace agilevpn::gateway
