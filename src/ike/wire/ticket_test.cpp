#include "ike/wire/ticket.h"

#include <gtest/gtest.h>

#include "ike/wire/describe.h"
#include "ike/wire/limits.h"

namespace agilevpn::ike::wire {
namespace {

const NotifyPayload& notify_in(const Payload& payload) { return std::get<NotifyPayload>(payload.body); }

TEST(Ticket, IsGivenAfterItsLifetimeOfFourOctets) {  // RFC 5723 §7.1
  const GivenTicket given{std::chrono::hours{12}, "0102030405"_hex};
  const Payload payload = given_ticket_notify(given);
  EXPECT_EQ(encode_payloads({payload}),
            "0000001100004019"
            "0000a8c00102030405"_hex);
  EXPECT_EQ(given_ticket_of(notify_in(payload)), given);
}

TEST(Ticket, IsPresentedWithoutALifetime) {  // §7.2
  const Payload payload = notify(NotifyType::TicketOpaque, "0102"_hex);
  EXPECT_EQ(encode_payloads({payload}), "0000000a0000401d0102"_hex);
  EXPECT_EQ(to_bytes(*presented_ticket_of(notify_in(payload))), "0102"_hex);
}

TEST(Ticket, OfAnImpossibleSizeIsNone) {
  for (const std::size_t size : {0u, 3u, 4u})
    EXPECT_EQ(given_ticket_of({.type = NotifyType::TicketLtOpaque, .data = Bytes(size)}), std::nullopt) << size;
  EXPECT_TRUE(given_ticket_of({.type = NotifyType::TicketLtOpaque, .data = Bytes(4 + limits::ticket_max)}));
  EXPECT_EQ(given_ticket_of({.type = NotifyType::TicketLtOpaque, .data = Bytes(5 + limits::ticket_max)}), std::nullopt);
  EXPECT_FALSE(presented_ticket_of({.type = NotifyType::TicketOpaque, .data = {}}));
  EXPECT_TRUE(presented_ticket_of({.type = NotifyType::TicketOpaque, .data = Bytes(limits::ticket_max)}));
  EXPECT_FALSE(presented_ticket_of({.type = NotifyType::TicketOpaque, .data = Bytes(limits::ticket_max + 1)}));
}

TEST(Ticket, OfAnotherNotifyIsNone) {
  EXPECT_EQ(given_ticket_of({.type = NotifyType::TicketOpaque, .data = Bytes(40)}), std::nullopt);
  EXPECT_FALSE(presented_ticket_of({.type = NotifyType::TicketLtOpaque, .data = Bytes(40)}));
}

TEST(Ticket, IsReadByItsSizeAndNotByItsOctets) {
  EXPECT_EQ(describe(given_ticket_notify({std::chrono::hours{12}, Bytes(300)})),
            "N TICKET_LT_OPAQUE: a ticket of 300 octets for 43200 s");
  EXPECT_EQ(describe(notify(NotifyType::TicketOpaque, Bytes(300))), "N TICKET_OPAQUE: a ticket of 300 octets");
  EXPECT_EQ(describe(notify(NotifyType::TicketLtOpaque, "00a8"_hex)), "N TICKET_LT_OPAQUE: 00a8");
  EXPECT_EQ(describe(notify(NotifyType::TicketRequest)), "N TICKET_REQUEST");
  EXPECT_EQ(to_string(ExchangeType{38}), "IKE_SESSION_RESUME");
}

}  // namespace
}  // namespace agilevpn::ike::wire
