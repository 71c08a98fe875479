// Names of users, groups and devices, and the one rule of what a client may send for them.
//
// People type what their system taught them: "anna", "CORP\anna", "Anna@example.org". They are the same user. A name is
// kept as it was given and compared in small letters. A user may also be kept as "anna@example.org"; then this name
// finds that user before it finds "anna".
// Whatever the domain or realm: a gateway keeps the users of one house.
//
// "anna/phone" is anna's device phone, which may have a password of its own.
#pragma once

#include <string>
#include <vector>

#include "store/store_error.h"

namespace agilevpn::store {

struct LoginName {
  std::vector<std::string> user_keys;  // The first one that there is.
  std::string device_key;              // Empty: no device was named.
};

LoginName parse_login(std::string_view login);

// As names are compared.
std::string name_key(std::string_view name);
// Letters and digits of any script, and -_.@+ within: it also becomes a file's name. `kind`: "user", for the message.
Stored<> check_name(std::string_view kind, std::string_view name);

}  // namespace agilevpn::store
