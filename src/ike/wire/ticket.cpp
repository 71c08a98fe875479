#include "ike/wire/ticket.h"

#include "ike/wire/limits.h"

namespace agilevpn::ike::wire {

namespace {

bool has_possible_size(ByteView ticket) { return !ticket.empty() && ticket.size() <= limits::ticket_max; }

}  // namespace

Payload given_ticket_notify(const GivenTicket& ticket) {
  Writer out;
  out.u32(static_cast<std::uint32_t>(ticket.lifetime.count())).bytes(ticket.opaque);
  return notify(NotifyType::TicketLtOpaque, out.take());
}

std::optional<GivenTicket> given_ticket_of(const NotifyPayload& notify) {
  if (notify.type != NotifyType::TicketLtOpaque) return std::nullopt;
  Reader in{notify.data};
  const auto lifetime = in.u32("Lifetime");
  const ByteView opaque = in.rest();
  if (!lifetime || !has_possible_size(opaque)) return std::nullopt;
  return GivenTicket{std::chrono::seconds{*lifetime}, to_bytes(opaque)};
}

std::optional<ByteView> presented_ticket_of(const NotifyPayload& notify) {
  if (notify.type != NotifyType::TicketOpaque || !has_possible_size(notify.data)) return std::nullopt;
  return ByteView{notify.data};
}

}  // namespace agilevpn::ike::wire
