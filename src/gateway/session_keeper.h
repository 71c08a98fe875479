// What becomes of the sessions from their admission on, by what the engine says: established, moved, asleep, back,
// closed. Who was idle for too long goes; RADIUS servers are told of all of it, if the Config names some
// (accountant.h).
//
// Sans-I/O, not thread-safe: call one command or handle_*(), then drain poll_conclusion(). `date` is what the calendar
// says at `now`.
#pragma once

#include <map>

#include "gateway/accountant.h"
#include "gateway/conclusion.h"
#include "gateway/gateway.h"
#include "gateway/session_table.h"

namespace agilevpn::gateway {

class SessionKeeper {
 public:
  // `engine` and `random` must outlive it. The engine is only asked what it knows of an IKE SA.
  SessionKeeper(std::shared_ptr<const Config> config, const ike::Endpoint& engine, Random& random);
  void reconfigure(std::shared_ptr<const Config> config) { config_ = std::move(config); }

  void admit(LetIn in);
  void handle_wall_time(Instant now, WallTime date);
  // As the engine says them; what is of no concern here is ignored.
  void handle_event(Instant now, WallTime date, const ike::Event& event);
  void handle_traffic(Instant now, const ike::TrafficReport& report);
  void handle_timeout(Instant now, WallTime date);
  // To a SessionEnded that the owner is about to hear: the figures of a session that ended are known when the data
  // plane has removed its Child SAs. It is accounted then.
  void complete(SessionEnded& fact);
  // No session comes any more.
  void shut_down(Instant now, WallTime date);
  // Every client said goodbye, and the last one is accounted.
  bool is_over() const { return is_ending_ && table_.all().empty() && endings_.empty(); }
  // And the servers have heard of it.
  bool has_shut_down() const { return is_over() && (!accountant_ || accountant_->has_told_all()); }

  // All that must outlive us, once more (radius::Accounting::keep_anew()).
  void keep_accounting_anew(Instant now, WallTime date);

  std::optional<Conclusion> poll_conclusion();
  std::optional<Instant> poll_timeout() const;

  SessionTable& table() { return table_; }
  // Null: RADIUS servers are told of nothing.
  radius::Accounting* radius() { return accountant_ ? &accountant_->radius() : nullptr; }
  // Its Acct-Session-Id, unlike any other, also of what ran here before us.
  std::string accounting_id(ike::IkeSaId id) const;
  // Those that are established.
  std::vector<SessionInfo> list() const;

 private:
  struct Ended {
    Instant at;
    WallTime date{};
    radius::AcctTerminateCause cause{};
  };

  template <class Fact>
  void note(Instant, WallTime, const Fact&) {}
  void note(Instant now, WallTime date, const ike::IkeSaEstablished& fact);
  void note(Instant, WallTime, const ike::ChildSaEstablished& fact) { table_.add_child_sa(fact.child, fact.ike_sa); }
  void note(Instant now, WallTime, const ike::PathConfirmed& fact) { resume(now, fact.ike_sa, fact.path); }
  void note(Instant now, WallTime date, const ike::PathChanged& fact);
  void note(Instant now, WallTime, const ike::PathUnresponsive& fact);
  void note(Instant now, WallTime date, const ike::IkeSaClosed& fact);
  void note_unproved(const Session& session, const ike::IkeSaClosed& fact);
  void say(Event fact) { conclusions_.emplace_back(std::move(fact)); }
  // If it is dormant.
  void resume(Instant now, ike::IkeSaId id, const Path& path);
  void close_due(Instant now);
  void account_due(Instant now, WallTime date);
  SessionInfo describe(ike::IkeSaId id, const Session& session) const;

  std::shared_ptr<const Config> config_;
  const ike::Endpoint& engine_;
  SessionTable table_;
  std::optional<Accountant> accountant_;
  std::uint32_t accounting_prefix_ = 0;
  std::map<ike::IkeSaId, Ended> endings_;  // Sessions that are over and whose SessionEnded nobody has polled yet.
  bool is_ending_ = false;                 // shut_down()
  std::deque<Conclusion> conclusions_;
};

}  // namespace agilevpn::gateway
