#include "gateway/core.h"

#include <utility>

#include "base/pop.h"
#include "base/timers.h"
#include "gateway/parts.h"

namespace agilevpn::gateway {

Gateway::Core::Core(Config config_, ike::Credentials credentials_, Random& random)
    : config(std::make_shared<const Config>(std::move(config_))),
      credentials(std::move(credentials_)),
      endpoint(make_endpoint_config(*config, credentials), random),
      sessions(config, endpoint, random),
      admissions(config, credentials),
      logins(config, credentials, random),
      openings(config, sessions.table(), endpoint),
      orders(config, sessions.table()) {}

std::vector<std::string> Gateway::Core::reconfigure(Config fresh, ike::Credentials fresh_credentials) {
  auto unchanged = keep_parts(fresh, *config);
  if (fresh_credentials.authorities() != credentials.authorities())
    unchanged.emplace_back("which CAs clients are told of");
  config = std::make_shared<const Config>(std::move(fresh));
  credentials = std::move(fresh_credentials);
  sessions.reconfigure(config);
  admissions.reconfigure(config);
  logins.reconfigure(config);
  openings.reconfigure(config);
  orders.reconfigure(config);
  return unchanged;
}

void Gateway::Core::end_revoked(Instant now) {
  std::vector<std::pair<ike::IkeSaId, std::string>> revoked;
  for (const auto& [id, session] : sessions.table().all())
    if (const auto found =
            session.ending ? std::nullopt : credentials.find_revoked(session.certificates, calendar(now)))
      revoked.emplace_back(id, found->to_string());
  for (auto& [id, why] : revoked) close(now, id, {radius::AcctTerminateCause::AdminReset, std::move(why)});
}

void Gateway::Core::settle(Instant now) {
  do {
    while (auto conclusion = next_conclusion())
      std::visit([&](auto& one) { carry_out(now, std::move(one)); }, *conclusion);
  } while (take_next(now));
}

// When a client is gone, several parts have something to say: its addresses come first, then its login, then its
// session.
std::optional<Conclusion> Gateway::Core::next_conclusion() {
  if (auto one = admissions.poll_conclusion()) return one;
  if (auto one = openings.poll_conclusion()) return one;
  if (auto one = logins.poll_conclusion()) return one;
  if (auto one = sessions.poll_conclusion()) return one;
  return orders.poll_conclusion();
}

bool Gateway::Core::take_next(Instant now) {
  auto* const logins_radius = logins.radius();
  auto* const accounting = sessions.radius();
  if (auto ask = endpoint.poll_ask()) {
    std::visit([&](const auto& question) { answer(now, ask->id, question); }, ask->question);
  } else if (auto event = endpoint.poll_event()) {
    follow(now, *std::move(event));
  } else if (auto answer = logins_radius ? logins_radius->poll_answer() : std::nullopt) {
    logins.handle_radius_answer(now, *std::move(answer));
  } else if (auto fact = logins_radius ? logins_radius->poll_event() : std::nullopt) {
    events.emplace_back(*std::move(fact));
  } else if (auto lost = accounting ? accounting->poll_event() : std::nullopt) {
    events.emplace_back(*std::move(lost));
  } else {
    return false;
  }
  return true;
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
  if (peer.uses_eap) return logins.begin(now, id, peer, sessions.accounting_id(peer.ike_sa));
  admissions.begin(now, calendar(now), id, peer);
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::Sign& question) {
  if (auto signature = credentials.sign(question)) return endpoint.handle_answer(now, id, *std::move(signature));
  asks.push_back({id, question});
}

void Gateway::Core::follow(Instant now, ike::Event event) {
  if (const auto* established = std::get_if<ike::IkeSaEstablished>(&event)) logins.forget(established->ike_sa);
  if (const auto* child = std::get_if<ike::ChildSaEstablished>(&event)) openings.handle_child(*child);
  if (const auto* closed = std::get_if<ike::IkeSaClosed>(&event)) {
    openings.handle_closed(closed->ike_sa);
    logins.handle_closed(*closed);
  }
  sessions.handle_event(now, calendar(now), event);
  events.emplace_back(std::move(event));
}

void Gateway::Core::carry_out(Instant, NotLetIn out) {
  PeerRefused& fact = out.fact;
  logins.note_refused(fact.ike_sa);
  if (fact.cause == Refusal::TicketOutdated)
    return static_cast<void>(events.emplace_back(std::move(fact)));  // Nobody tried to log in.
  user_asks.push_back({{},
                       NoteLogin{.peer = fact.peer,
                                 .fingerprint = std::move(out.fingerprint),
                                 .device = {},
                                 .from = fact.path.peer.address,
                                 .failure = fact.reason}});
  events.emplace_back(std::move(fact));
}

void Gateway::Core::carry_out(Instant now, Call call) {
  if (const auto info = endpoint.find(call.ike_sa)) endpoint.check_path(now, call.ike_sa, info->path);
}

void Gateway::Core::carry_out(Instant now, EndTickets end) {
  endpoint.set_ticket_terms(now, end.ike_sa, std::nullopt);
  user_asks.push_back({end.ike_sa, EndLogin{std::move(end.login), config->settings.ticket_lifetime}});
}

void Gateway::Core::close(Instant now, ike::IkeSaId id, Ending why) {
  sessions.table().end(id, std::move(why));
  endpoint.close(now, id);
}

std::optional<Event> Gateway::Core::next_event() {
  auto event = pop(events);
  if (auto* ended = event ? std::get_if<SessionEnded>(&*event) : nullptr) sessions.complete(*ended);
  return event;
}

std::optional<Instant> Gateway::Core::next_timeout() const {
  auto next = endpoint.poll_timeout();
  take_earlier(next, logins.poll_timeout());
  take_earlier(next, openings.poll_timeout());
  take_earlier(next, sessions.poll_timeout());
  return next;
}

}  // namespace agilevpn::gateway
