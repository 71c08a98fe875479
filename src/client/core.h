// What a Connection is made of: the engine and the mobility manager between a user's wish and the world. connection.cpp
// is the way in and out; core.cpp carries facts and decisions from one to the other; questions.cpp answers what the engine
// asks; connecting.cpp makes and ends sessions; revival.cpp finds out whether a silent gateway has forgotten one.
#pragma once

#include <deque>
#include <set>

#include "base/calendar.h"
#include "base/timers.h"
#include "client/attempts.h"
#include "client/authentication.h"
#include "client/connection.h"
#include "client/limits.h"
#include "client/login.h"
#include "client/moves.h"
#include "client/revival.h"
#include "ike/traffic_meter.h"

namespace agilevpn::client {

struct Connection::Core {
  enum class Phase : std::uint8_t { Off, Up, Failed };
  enum class Timer : std::uint8_t {
    Attempt,    // The gateway should have answered the present attempt.
    Reconnect,  // The pause after a failed attempt or a lost session is over.
    Lookup,     // The name should have resolved.
    Resolve,    // It did not: ask again.
    Keepalive,  // RFC 3948 §4.
    Idle,       // Nothing passed inside for as long as a Windows Server bears it.
    ChildSa,    // The gateway refused a Child SA: ask again.
    Question,   // The user has not answered what the gateway asks.
    Outage,     // Not connected for the network outage time.
    Count,
  };
  // An IKE SA that is not established.
  struct Attempt {
    ike::IkeSaId ike_sa;
    Path path;
    bool resumes = false;  // By our ticket.
    std::optional<Duration> round_trip = {};
  };
  struct Session {
    ike::IkeSaId ike_sa;
    Instant since;
    bool is_mobike = false;
    std::set<ike::ChildSaId> child_sas;  // What is reported of others does not count.
    ike::TrafficMeter traffic;
    std::optional<Instant> last_inbound;
    int child_sa_refusals = 0;  // Since it last had a Child SA.
  };

  Core(Profile profile, ike::Credentials credentials, Random& random);

  // ---- core.cpp
  // Answers what the engine asks, draws the conclusions from what it and the mobility manager say, until both are
  // quiet; then tells the world what became of it.
  void settle(Instant now);
  void handle_traffic(Instant now, const ike::TrafficReport& report);
  void handle_network(Instant now, mobility::Network network);
  void handle_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  State present_state() const;
  std::string present_reason() const;
  bool is_session(ike::IkeSaId id) const { return session && session->ike_sa == id; }

  template <class Fact>
  void note(Instant, const Fact&) {}
  void note(Instant now, const ike::IkeProposalChosen& fact);
  void note(Instant now, const ike::TicketRefused& fact);
  void note(Instant now, const ike::IkeSaEstablished& fact);
  void note(Instant now, const ike::PathConfirmed& fact);
  void note(Instant now, const ike::PathUnresponsive& fact);
  void note(Instant now, const ike::PeerAddressesChanged& fact);
  void note(Instant now, const ike::ChildSaEstablished& fact);
  void note(Instant now, const ike::ChildSaClosed& fact);
  void note(Instant now, const ike::ExchangeRefused& fact);
  void note(Instant now, const ike::IkeSaClosed& fact);

  void carry_out(Instant now, const mobility::Switch& decision);
  void carry_out(Instant now, const mobility::Probe& decision);
  void carry_out(Instant now, const mobility::GoDormant& decision);
  void carry_out(Instant now, const mobility::Wake& decision);
  void carry_out(Instant now, const mobility::GiveUp& decision);
  void move(Instant now, const Path& from, const Path& to, const std::string& why);

  void keep_alive(Instant now);
  void keep_busy(Instant now);
  void tell_tunnel();
  void tell_state(Instant now);

  // ---- questions.cpp
  void answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& gateway);
  void decide(Instant now, ike::AskId id, const ike::AuthenticatePeer& gateway,
              const ike::RevocationAnswer* revocation);
  void handle_revocation(Instant now, ike::AskId id, const ike::RevocationAnswer& answer);
  void answer(Instant now, ike::AskId id, const ike::ContinueEap& eap);
  void take(Instant now, ike::AskId id, Login::Step step);
  void handle_user(Instant now, Secret answer);
  void leave_question(Instant now);
  void answer(Instant now, ike::AskId id, const ike::Sign& question);
  void answer(Instant now, ike::AskId id, const ike::AssignAddresses& question);

  // ---- connecting.cpp
  void up(Instant now);
  void change_login(Instant now, const Profile& as, ike::Credentials fresh);
  // Connects now, if it waits for its next attempt, and wakes, if nobody has answered where it sleeps.
  void hurry(Instant now);
  void down(Instant now);
  void fail(Instant now, std::string why);
  void resolve(Instant now);
  void handle_resolved(Instant now, std::vector<IpAddress> addresses, const std::string& why_not);
  std::vector<IpAddress> gateways() const;
  void tell_gateways(Instant now);
  // If nothing is under way and there is a path.
  void connect(Instant now);
  void note_silence(Instant now);
  void connect_at_once(Instant now);
  Attempt begin(Instant now, Path path, bool resumes);
  // ---- Tickets (RFC 5723): after a restart of the gateway nobody has to log in anew.
  bool has_ticket(Instant now) const { return ticket && now < ticket->expires; }
  bool may_resume(Instant now) const;
  void note_unanswered_resumption();
  // Ends it; with a ticket the gateway is not told, and will hear that it goes on.
  void let_go(Instant now, ike::IkeSaId ike_sa);
  void drop_login();
  void abandon_attempt(Instant now);
  void fail_attempt(Instant now, const ike::IkeSaClosed& fact);
  void fail_attempt(Instant now, ConnectFailed failed, bool is_final);
  // The IKE SA stands, but nothing can be sent.
  void refuse_child_sa(Instant now, const ike::ExchangeRefused& fact);
  void create_child_sa(Instant now);
  void lose_session(Instant now, std::string why);
  void pause(Instant now);
  void leave(Instant now);

  // ---- revival.cpp
  void probe_gateway(Instant now);
  void stop_probing(Instant now);
  bool is_for_probe(ByteView datagram) const;
  void handle_probe_answer(Instant now);
  // Whether the gateway was heard although the session got no answer. Then it was let go, and a new one is under way.
  bool is_forgotten(Instant now);

  Profile profile;
  ike::Credentials credentials;
  Random& random;
  ike::Endpoint endpoint;
  mobility::Manager manager;
  Calendar calendar;

  Phase phase = Phase::Off;
  std::string reason;                   // Why it is connecting or failed.
  std::optional<Disbelieved> refusal;   // What we did not like about the gateway.
  std::vector<IpAddress> resolved;      // What the user's name for the gateway means.
  std::vector<IpAddress> announced;     // What the gateway said of itself (RFC 4555 §3.4, §3.6).
  std::optional<Login> login;           // The attempt's, while it lasts.
  std::optional<ike::AskId> login_ask;  // The engine's that waits until the login knows whether its server counts,
  std::optional<std::string> question;  // or what the user answers to this.
  std::optional<Attempt> attempt;
  Attempts attempts;
  std::optional<ike::Ticket> ticket;  // The newest, in memory only.
  int unanswered_resumptions = 0;     // One after the other,
  bool is_gateway_there = false;      // since it answered what has no ticket.
  bool was_connected = false;         // Since up().
  Duration reconnect_pause = limits::reconnect_first;
  std::optional<ike::Lease> former_lease;  // Of the last session: wished for again.
  std::optional<Session> session;
  Moves moves;
  std::optional<Path> asleep_on;  // The path that the session slept in on.
  Revival revival;
  bool has_announced = false;  // `announced` is the whole set: addresses that are not in it are gone.
  Timers<Timer> timers;

  State told_state = State::Off;
  Instant told_at;
  std::optional<TunnelUp> tunnel;
  std::optional<std::string> wanted_name;
  std::deque<Event> events;
  std::deque<HostChange> host_changes;
  std::deque<ike::Ask> asks;
  ike::PendingRevocations revocations;
  std::deque<ike::RevocationAsk> revocation_asks;
  std::deque<Path> keepalives;
  std::deque<InnerKeepalive> inner_keepalives;
};

}  // namespace agilevpn::client
