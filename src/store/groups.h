// Groups: what their users get and may do. "default" is always there, and everybody is in it who is in no other.
//
// What a group leaves empty is as the gateway's configuration says it for everybody.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "store/database.h"

namespace agilevpn::store {

inline constexpr std::string_view default_group = "default";
// Ways to log in, as a group names them.
inline constexpr std::string_view login_methods[] = {"certificate", "psk",      "eap-mschapv2", "eap-tls",
                                                     "peap",        "eap-ttls", "eap-gtc",      "radius"};

struct Group {
  std::string name;
  std::vector<IpPrefix> routes;  // What its users reach.
  std::vector<IpAddress> dns;
  std::vector<std::string> domains;                  // That they ask these servers for.
  std::vector<std::string> pools;                    // Names of the configuration.
  std::vector<std::string> methods;                  // Of login_methods.
  std::optional<std::chrono::seconds> idle_timeout;  // 0: never.
  std::optional<unsigned> devices_max;               // Of each user at a time.
  std::string firewall;                              // Rules, as the gateway's firewall reads them.

  friend bool operator==(const Group&, const Group&) = default;
};

class Groups {
 public:
  explicit Groups(Database& database) : database_(database) {}

  Stored<> add(const Group& group);
  // All of it but the name.
  Stored<> set(const Group& group);
  Stored<> remove(std::string_view name);  // Not while it has users.
  // In any letters; an error that says which there are.
  Stored<Group> find(std::string_view name) const;
  Stored<std::vector<Group>> list() const;  // By name.
  Stored<std::size_t> count_users(std::string_view name) const;

 private:
  Stored<> refuse_unknown(std::string_view name) const;

  Database& database_;
};

}  // namespace agilevpn::store
