// What the sessions of one endpoint share: its configuration, randomness, handles, and the queues that poll_*() empties.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "base/calendar.h"
#include "base/random.h"
#include "ike/endpoint.h"

namespace agilevpn::ike {

struct Context {
  EndpointConfig config;
  Random& random;
  std::vector<IpAddress> addresses;  // Ours, to announce to MOBIKE peers.
  std::uint64_t last_id = 0;
  std::map<ChildSaId, IkeSaId> children;  // Whose Child SA it is.
  std::set<EspSpi> inbound_spis;          // Of all Child SAs.

  std::deque<Transmit> transmits;
  std::deque<SaChange> sa_changes;
  std::deque<Ask> asks;
  std::deque<Event> events;
  std::deque<KeyLogEntry> key_log;
  std::deque<Ticket> tickets;  // Given to us.

  Calendar calendar;
  TicketBox ticket_box;  // A responder's.

  std::uint64_t next_id() { return ++last_id; }
  IkeSpi new_ike_spi() {  // Zero means that there is none yet (RFC 7296 §3.1).
    IkeSpi spi;
    do spi = IkeSpi{random.public_u64()};
    while (spi.is_zero());
    return spi;
  }
  EspSpi new_esp_spi() {  // 0 to 255 are reserved (RFC 4303 §2.1).
    EspSpi spi;
    do spi = EspSpi{static_cast<std::uint32_t>(256 + random.below(0xffffffff - 256))};
    while (inbound_spis.contains(spi));
    return spi;
  }
};

}  // namespace agilevpn::ike
