#include "ike/ticket_exchange.h"

#include "ike/wire/ticket.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

class TicketRequestExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::TicketRequest; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }
  std::optional<wire::Payloads> build(Session& session, IkeSa&, Instant) override {
    if (!session.wants_tickets) return std::nullopt;
    return wire::Payloads{wire::notify(NotifyType::TicketRequest)};
  }
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override {
    take_ticket(session, ike_sa, now, response);
  }
};

// As the settings say, and no longer than the login that it stands for was granted.
std::chrono::seconds lifetime_of_ticket(const Session& session, Instant now) {
  const Duration longest = std::min<Duration>(session.settings().ticket_lifetime, session.ticket_terms->until - now);
  return std::chrono::floor<std::chrono::seconds>(longest);
}

std::optional<wire::GivenTicket> make_ticket(const Session& session, const IkeSa& ike_sa, Instant now) {
  if (!session.ticket_terms) return std::nullopt;
  const auto lifetime = lifetime_of_ticket(session, now);
  if (lifetime <= 0s) return std::nullopt;
  const TicketContent content{.expires = session.context.calendar(now) + lifetime,
                              .suite = ike_sa.suite,
                              .sk_d = ike_sa.sk_d.copy(),
                              .id_i = session.shown,
                              .id_r = session.local,
                              .peer = session.peer,
                              .method = session.method,
                              .login = session.ticket_terms->login,
                              .data = session.ticket_terms->data};
  auto opaque = session.context.ticket_box.seal(content, session.context.random);
  if (!opaque) return std::nullopt;
  return wire::GivenTicket{lifetime, *std::move(opaque)};
}

}  // namespace

std::unique_ptr<Exchange> request_ticket() { return std::make_unique<TicketRequestExchange>(); }

// A status notify that it does not know "MUST be ignored" (RFC 7296 §3.10.1). Windows knows none of these: it is
// spared.
bool may_request_ticket(const Session& session) {
  return session.wants_tickets && session.product.kind != PeerKind::WindowsServer;
}

void take_ticket(Session& session, const IkeSa& ike_sa, Instant now, const wire::Payloads& response) {
  if (!session.wants_tickets) return;
  const auto* notify = wire::find_notify(response, NotifyType::TicketLtOpaque);
  auto given = notify ? wire::given_ticket_of(*notify) : std::nullopt;
  const bool comes_later = wire::find_notify(response, NotifyType::TicketAck) != nullptr;
  session.wants_tickets = given || comes_later;  // Who gives none is not asked again.
  if (!session.wants_tickets) return;
  const Duration lifetime =
      given ? std::min<Duration>(given->lifetime, limits::ticket_kept_longest) : limits::ticket_retry;
  session.ticket_at = now + lifetime / 2;
  if (!given) return;
  session.context.tickets.push_back({.ike_sa = session.id,
                                     .opaque = std::move(given->opaque),
                                     .expires = now + lifetime,
                                     .suite = ike_sa.suite,
                                     .sk_d = ike_sa.sk_d.copy(),
                                     .id_i = session.local,
                                     .id_r = session.shown,
                                     .peer = session.peer,
                                     .method = session.method,
                                     .product = session.product});
  session.emit(TicketGranted{session.id, true, std::chrono::floor<std::chrono::seconds>(lifetime)});
}

void answer_ticket_request(Session& session, const IkeSa& ike_sa, Instant now, const wire::Payloads& request,
                           wire::Payloads& response) {
  if (session.is_initiator || !wire::find_notify(request, NotifyType::TicketRequest)) return;
  const auto ticket = make_ticket(session, ike_sa, now);
  if (!ticket) return response.push_back(wire::notify(NotifyType::TicketNack));
  response.push_back(wire::given_ticket_notify(*ticket));
  session.emit(TicketGranted{session.id, false, ticket->lifetime});
}

}  // namespace agilevpn::ike
