// What wrong passwords cost who guesses them: time. A password waits before it is looked at, longer with every one before it;
// nobody is ever locked out, and who never failed here waits only while others are guessing at the same name. Each try counts
// as a failure from its beginning until it succeeds, so that nothing is won by trying side by side.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace agilevpn::gateway {

class Guessing {
 public:
  // How long the next password that `source` gives for `user` must wait before it is looked at. Of a `user` without a name,
  // as "@example.org" outside a tunnel of a RADIUS server's, only the source counts.
  Duration delay(Instant now, const std::string& user, const IpAddress& source) const;
  void note_try(Instant now, const std::string& user, const IpAddress& source);
  // After note_try() with the same: this user's failures from there are forgotten; what others did counts on.
  void note_success(const std::string& user, const IpAddress& source);

  // However it is typed, it is one name: "CORP\Anna", "anna@example.org" and "anna/phone" are guesses at "anna". Empty: no
  // user has it.
  static std::string name_of(std::string_view typed);

 private:
  struct Failures {
    int count = 0;
    Instant last;
  };
  using Key = std::pair<std::string, IpAddress>;  // An empty name: anybody. 0.0.0.0: from anywhere.

  std::vector<Key> keys(const std::string& typed, const IpAddress& source) const;
  int count(Instant now, const Key& key) const;
  void forget(Instant now);

  std::map<Key, Failures> failures_;
};

}  // namespace agilevpn::gateway
