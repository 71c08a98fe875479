// Which networks stand behind which session (framed_route.h says which may). A network has one way: no two sessions
// have parts of it, but one that replaces another, for as long as both are there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "ike/sa_change.h"

namespace agilevpn::gateway {

class Networks {
 public:
  // The networks that the gateway itself stands in.
  void set_own(std::vector<IpPrefix> own) { own_ = std::move(own); }

  // All of these for the session, whatever the `replaced` ones have; or none, and why.
  Result<void, std::string> take(ike::IkeSaId session, const std::vector<IpPrefix>& networks,
                                 const std::vector<ike::IkeSaId>& replaced);
  std::vector<IpPrefix> of(ike::IkeSaId session) const;
  // Whether the session has a part of one of these.
  bool holds(ike::IkeSaId session, const std::vector<IpPrefix>& networks) const;
  // What of the session's no other session has too.
  std::vector<IpPrefix> release(ike::IkeSaId session);

 private:
  std::multimap<ike::IkeSaId, IpPrefix> held_;
  std::vector<IpPrefix> own_;
};

}  // namespace agilevpn::gateway
