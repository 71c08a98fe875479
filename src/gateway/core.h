// What a Gateway is made of: the engine, who is let in, who is there and who holds which address. gateway.cpp is the way
// in and out; core.cpp answers the engine's questions and draws the conclusions from what it says; logins.cpp does so for
// who logs in by EAP, authorizing.cpp for who has proved who it is; orders.cpp does what RADIUS servers order.
#pragma once

#include <deque>

#include "gateway/accountant.h"
#include "gateway/gateway.h"
#include "gateway/guessing.h"
#include "gateway/leases.h"
#include "gateway/login.h"
#include "gateway/session_table.h"
#include "radius/client.h"

namespace agilevpn::gateway {

struct Gateway::Core {
  Core(Config config, ike::Credentials credentials, Random& random);

  std::vector<std::string> reconfigure(Config fresh, ike::Credentials fresh_credentials);
  // Answers what the engine asks and draws the conclusions from what it says, until it is quiet.
  void settle(Instant now);
  void handle_traffic(Instant now, const ike::TrafficReport& report);
  void close(Instant now, ike::IkeSaId id, Ending why);
  void close_due(Instant now);
  // What the rule says of times, the configuration where it says nothing.
  Session new_session(Instant now, ike::IkeSaId id, std::shared_ptr<const ConnectionRule> rule, ike::wire::Identity peer, std::string method) const;
  // Unlike any other, also of what ran here before us.
  std::string accounting_id(ike::IkeSaId id) const;
  void account_due(Instant now);
  // The next for the owner. The figures of a session that ended are known when the data plane has removed its Child SAs.
  std::optional<Event> next_event();
  void complete(SessionEnded& fact);
  // Every client said goodbye, and the last one is accounted.
  bool is_over() const { return is_ending && sessions.all().empty() && endings.empty(); }
  std::optional<Instant> next_timeout() const;
  SessionInfo describe(ike::IkeSaId id, const Session& session) const;

  void answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer);
  void decide(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer, const ike::RevocationAnswer* revocation);
  void handle_revocation(Instant now, ike::AskId id, const ike::RevocationAnswer& answer);
  void answer(Instant now, ike::AskId id, const ike::ContinueEap& eap);
  void answer(Instant now, ike::AskId id, const ike::Sign& question);
  WallTime calendar(Instant now) const;

  // ---- authorizing.cpp
  struct Opening {
    ike::AskId ask;  // The engine's.
    ike::AssignAddresses question;
    ike::Lease lease;
  };
  void answer(Instant now, ike::AskId id, const ike::AssignAddresses& question);
  void handle_authorization(Instant now, ike::IkeSaId id, Authorization answer);
  void lease(Instant now, ike::IkeSaId id, Opening& opening);
  void handle_kept(Instant now, ike::IkeSaId id, const Kept& kept);
  void refuse_opening(Instant now, ike::IkeSaId id, ike::wire::NotifyType notify, std::string why,
                      Refusal cause = Refusal::Other);
  void refuse_peer(PeerRefused fact, const Bytes& fingerprint);
  // Its addresses.
  void release(ike::IkeSaId id);
  void recheck();
  void confirm(Instant now, ike::IkeSaId id, Session& session, Authorization answer);
  // For one more device of its owner; why there is no room.
  std::optional<std::string> make_room(Instant now, ike::IkeSaId newest);
  std::map<ike::IkeSaId, Opening> openings;

  // A client that comes anew and wants the address of its former session has lost that session, whatever we think.
  void take_over(Instant now, const ike::AssignAddresses& question);
  // The engine ends the peer's older sessions as soon as this one is established (RFC 7296 §2.4). What the newest of them
  // had is this one's from now on.
  void release_older(const ike::AssignAddresses& question);

  template <class Fact>
  void note(Instant, const Fact&) {}
  void note(Instant now, const ike::IkeSaEstablished& fact);
  void note(Instant, const ike::ChildSaEstablished& fact) { sessions.add_child_sa(fact.child, fact.ike_sa); }
  void note(Instant now, const ike::PathConfirmed& fact) { resume(now, fact.ike_sa, fact.path); }
  void note(Instant now, const ike::PathChanged& fact);
  void note(Instant now, const ike::PathUnresponsive& fact);
  void note(Instant now, const ike::IkeSaClosed& fact);
  void note_unproved(const Session& session, const ike::IkeSaClosed& fact);

  // ---- logins.cpp
  void begin_login(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer);
  void handle_user(Instant now, ike::IkeSaId id, UserAnswer answer);
  void handle_radius_answer(Instant now, radius::Answer answer);
  void ask(Instant now, ike::IkeSaId id, Login::Step step);
  void conclude(Instant now, ike::IkeSaId id, const Login& login, const ike::Answer& answer);
  // A client may go away in the middle of its login: most do after a wrong password, although they may try again.
  void note_abandoned(const ike::IkeSaClosed& fact);
  void refuse_login(const Login& login, std::string why, Refusal cause);
  void release_held(Instant now);
  void forget_login(ike::IkeSaId id);

  template <class Work>
  void with_radius(const RadiusChannel& channel, Work&& work) {
    if (channel.purpose == RadiusChannel::Purpose::Logins && radius) work(*radius);
    if (channel.purpose == RadiusChannel::Purpose::Accounting && accountant) work(accountant->radius());
  }

  // ---- orders.cpp
  void obey(Instant now, const radius::DynamicAsk& ask);
  void obey(Instant now, const radius::DynamicAsk& ask, const radius::Disconnect& order);
  void obey(Instant now, const radius::DynamicAsk& ask, const radius::ChangeOfAuthorization& order);
  std::vector<ike::IkeSaId> sessions_of(const radius::SessionSelector& selector) const;
  void change(Instant now, ike::IkeSaId id, const radius::Grant& granted);

  // If it is dormant.
  void resume(Instant now, ike::IkeSaId id, const Path& path);
  // Whether nothing authentic has come from this client for so long.
  bool is_silent(Instant now, ike::IkeSaId id, Duration silence) const;

  std::shared_ptr<const Config> config;  // Of now; a session shares the one that let it in.
  ike::Credentials credentials;
  std::shared_ptr<const crypto::TlsContext> tls;  // Of logins in TLS, and made once; null: our key is not here.
  Random& random;
  Leases leases;
  ike::Endpoint endpoint;
  WallTime wall_time_at_start{};  // The calendar when `now` was zero.
  SessionTable sessions;
  std::deque<Event> events;
  std::deque<ike::Ask> asks;
  ike::PendingRevocations revocations;
  std::deque<ike::RevocationAsk> revocation_asks;

  struct Waiting {
    std::unique_ptr<Login> login;
    ike::AskId ask;  // The engine's.
    bool is_refused = false;
    bool is_counted = false;  // As a try; where a RADIUS server is asked, which does not say with which packet.
    bool has_answered = false;  // The client, to our first Request.
  };
  void take(Instant now, ike::IkeSaId id, Waiting& waiting, Login::Step step);
  std::size_t count_held(const Login& login) const;
  std::map<ike::IkeSaId, Waiting> logins;
  std::optional<radius::Client> radius;
  std::map<radius::RequestId, ike::IkeSaId> radius_requests;
  std::uint32_t accounting_prefix = 0;
  std::optional<Accountant> accountant;
  std::optional<radius::DynamicAuthorization> dynamic_authorization;
  struct Ended {
    Instant at;
    radius::AcctTerminateCause cause{};
  };
  std::map<ike::IkeSaId, Ended> endings;  // Sessions that are over and whose SessionEnded nobody has polled yet.
  bool is_ending = false;                 // shut_down()
  Guessing guessing;
  std::deque<UserAsk> user_asks;
  std::multimap<Instant, std::pair<ike::IkeSaId, Login::Step>> held_steps;  // Who guesses waits.
};

}  // namespace agilevpn::gateway
