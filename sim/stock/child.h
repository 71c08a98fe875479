// The Child SA that a CREATE_CHILD_SA or IKE_AUTH exchange makes.
#pragma once

#include "ike/key_schedule.h"
#include "ike/sa_change.h"

namespace agilevpn::sim::stock {

inline constexpr ike::IkeSaId only_session{1};  // A stock client has one session at a time.

struct NewChild {
  ike::ChildSaId id;
  EspSpi spi_inbound, spi_outbound;
  ike::EspSuite suite;
  TrafficSelectors ts_local, ts_remote;
  bool is_exchange_initiator = true;
};
ike::InstallChildSa install(NewChild child, ike::ChildKeys keys, const ike::EspPath& path);
// The SPI of a proposal; zero if it has none.
EspSpi esp_spi(const ike::wire::Proposal& proposal);
IkeSpi ike_spi(const ike::wire::Proposal& proposal);

}  // namespace agilevpn::sim::stock
