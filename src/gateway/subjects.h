// Whom an event of a gateway is about, so that each line of the log names somebody: the peer's address at first, its
// identity from the moment that it is proved.
#pragma once

#include <map>
#include <string>

#include "gateway/event.h"

namespace agilevpn::gateway {

class Subjects {
 public:
  // Takes every event in its order.
  EventRecord to_record(const Event& event);

 private:
  template <class Fact>
  void note(const Fact&) {}
  void note(const ike::IkeSaInitiated& fact) { names_[fact.ike_sa] = fact.path.peer.to_string(); }
  void note(const ike::PeerAuthenticated& fact) { names_[fact.ike_sa] = fact.peer.to_string(); }
  template <class Fact>
  void name(const Fact& fact, EventRecord& record);

  std::map<ike::IkeSaId, std::string> names_;  // Of every IKE SA that is not closed.
};

}  // namespace agilevpn::gateway
