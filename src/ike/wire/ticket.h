// The data of the notifies that carry a ticket (RFC 5723 §7): TICKET_LT_OPAQUE, which gives one with its lifetime, and
// TICKET_OPAQUE, which presents it. What is in the ticket only its maker knows (ike/ticket_box.h is ours).
#pragma once

#include <chrono>
#include <optional>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {

struct GivenTicket {
  std::chrono::seconds lifetime{};  // From now on; of 32 bits.
  Bytes opaque;
  friend bool operator==(const GivenTicket&, const GivenTicket&) = default;
};

Payload given_ticket_notify(const GivenTicket& ticket);
// Nothing if it is another notify, has no ticket, or one of more than limits::ticket_max octets.
std::optional<GivenTicket> given_ticket_of(const NotifyPayload& notify);
// Of a TICKET_OPAQUE; nothing as above.
std::optional<ByteView> presented_ticket_of(const NotifyPayload& notify);

}  // namespace agilevpn::ike::wire
