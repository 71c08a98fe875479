// The last attempts that failed at a gateway, out of its stream of events: what `agilevpn why` looks through.
//
// Takes every event in its order. Bounded in all and for each network, and by the step at which an attempt stopped, so
// that strangers flush out strangers of their own kind and nobody else (limits.h). Does no I/O.
#pragma once

#include <array>
#include <deque>
#include <map>

#include "diagnosis/attempt.h"

namespace agilevpn::diagnosis {

class Attempts {
 public:
  void handle_event(WallTime now, const gateway::Event& event);

  // The newest failed one of this user (any identity it showed or claimed) or address; of anybody, if it is empty.
  // nullptr: there is none.
  const Attempt* last(std::string_view who = {}) const;
  std::size_t open_count() const { return open_.size(); }
  std::size_t failed_count() const;

 private:
  template <class Fact>
  void note(const Fact&) {}
  void note(const ike::Event& event) {
    std::visit([this](const auto& fact) { note(fact); }, event);
  }
  void note(const ike::DatagramDropped& fact);
  void note(const ike::IkeSaInitRefused& fact);
  void note(const ike::IkeSaInitiated& fact);
  void note(const ike::NatDetected& fact);
  void note(const ike::AuthRequested& fact);
  void note(const ike::FragmentsLost& fact);
  void note(const ike::ExchangeRefused& fact);
  void note(const ike::PeerAuthenticated& fact);
  void note(const ike::IkeSaEstablished& fact);
  void note(const ike::ChildSaEstablished& fact);
  void note(const ike::IkeSaClosed& fact);
  void note(const gateway::PeerRefused& fact);
  void note(const gateway::LoginDelayed& fact);

  Attempt* find(ike::IkeSaId id);  // That goes on.
  Attempt* find_failed(ike::IkeSaId id);
  void keep(Attempt attempt);
  template <class Test>
  void forget_failed(Test test);

  WallTime now_{};
  std::map<ike::IkeSaId, Attempt> open_;
  std::array<std::deque<Attempt>, 4> failed_;  // By step, the newest last.
};

}  // namespace agilevpn::diagnosis
