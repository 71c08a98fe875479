// What a Gateway is made of. The engine speaks IKE; each of its questions goes to the part that decides on it. What the
// parts conclude is carried out here, and what the engine says is handed to the parts that it concerns. gateway.cpp is
// the way in and out.
#pragma once

#include <deque>

#include "base/calendar.h"
#include "gateway/admissions.h"
#include "gateway/gateway.h"
#include "gateway/logins.h"
#include "gateway/openings.h"
#include "gateway/orders.h"
#include "gateway/session_keeper.h"

namespace agilevpn::gateway {

struct Gateway::Core {
  Core(Config config, ike::Credentials credentials, Random& random);
  std::vector<std::string> reconfigure(Config fresh, ike::Credentials fresh_credentials);

  // Goes on until nobody has anything to say.
  void settle(Instant now);
  std::optional<Conclusion> next_conclusion();
  // The next that the engine or a RADIUS server says; false: nothing.
  bool take_next(Instant now);

  // ---- What the engine asks.
  void answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer);
  void answer(Instant now, ike::AskId id, const ike::ContinueEap& eap) {
    logins.handle_packet(now, calendar(now), id, eap);
  }
  void answer(Instant, ike::AskId id, const ike::AssignAddresses& question) { openings.begin(id, question); }
  void answer(Instant now, ike::AskId id, const ike::Sign& question);

  // ---- What the engine says.
  void follow(Instant now, ike::Event event);

  // ---- What the parts conclude.
  void carry_out(Instant now, Reply reply) { endpoint.handle_answer(now, reply.ask, std::move(reply.answer)); }
  void carry_out(Instant, LetIn in) { sessions.admit(std::move(in)); }
  void carry_out(Instant, NotLetIn out);
  void carry_out(Instant now, Closing closing) { endpoint.close(now, closing.ike_sa); }
  void carry_out(Instant now, EndTickets end);
  void carry_out(Instant, UserAsk ask) { user_asks.push_back(std::move(ask)); }
  void carry_out(Instant, ike::RevocationAsk ask) { revocation_asks.push_back(std::move(ask)); }
  void carry_out(Instant, Event event) { events.push_back(std::move(event)); }

  void close(Instant now, ike::IkeSaId id, Ending why);
  std::optional<Event> next_event();
  std::optional<Instant> next_timeout() const;

  std::shared_ptr<const Config> config;  // Of now; a session shares the one that let it in.
  ike::Credentials credentials;
  Calendar calendar;

  ike::Endpoint endpoint;
  SessionKeeper sessions;  // Who is there, what becomes of them, and accounting.
  Admissions admissions;   // Who shows a certificate or has a pre-shared key: is it let in?
  Logins logins;           // Who logs in by EAP: likewise.
  Openings openings;       // Who was let in: as whom, and which addresses does it get?
  Orders orders;           // What RADIUS servers want of sessions.

  // ---- For the owner.
  std::deque<Event> events;
  std::deque<ike::Ask> asks;
  std::deque<ike::RevocationAsk> revocation_asks;
  std::deque<UserAsk> user_asks;
};

}  // namespace agilevpn::gateway
