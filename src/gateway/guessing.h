// What wrong passwords cost who guesses them: time. The answer to a login waits, longer with every failure; nobody is ever
// locked out, and who never failed here waits only while others are guessing at the same name.
#pragma once

#include <map>
#include <string>

#include "base/address.h"
#include "base/time.h"

namespace agilevpn::gateway {

class Guessing {
 public:
  // How long the next password that `source` gives for `user` must wait before it is looked at.
  Duration delay(Instant now, const std::string& user, const IpAddress& source) const;
  void note_failure(Instant now, const std::string& user, const IpAddress& source);
  // This user's failures from there are forgotten; what others did counts on.
  void note_success(const std::string& user, const IpAddress& source);

 private:
  struct Failures {
    int count = 0;
    Instant last;
  };
  using Key = std::pair<std::string, IpAddress>;  // An empty name: anybody. 0.0.0.0: from anywhere.

  int count(Instant now, const Key& key) const;
  void forget(Instant now);

  std::map<Key, Failures> failures_;
};

}  // namespace agilevpn::gateway
