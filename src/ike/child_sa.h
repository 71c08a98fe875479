// A Child SA as the engine keeps it: what was negotiated and what is to become of it. Keys go to the data plane at once
// and are not kept.
#pragma once

#include <optional>

#include "base/time.h"
#include "ike/key_schedule.h"
#include "ike/sa_change.h"

namespace agilevpn::ike {

// Ours, in the exchange at hand.
enum class ExchangeRole : std::uint8_t { Initiator, Responder };
// When we seal with a new Child SA. What the peer sealed with it is opened in any case.
enum class Sealing : std::uint8_t {
  AtOnce,
  Later,  // The one that it replaces goes on until the peer deletes it, or for limits::responder_outbound_wait.
};

struct ChildSa {
  enum class State : std::uint8_t {
    Installed,
    Replaced,   // A rekey made a new one; whoever made it deletes this one (§2.8).
    Deleting,   // Our Delete is on its way.
    Lingering,  // Deleted at both ends; packets in flight are still opened.
  };
  ChildSaId id;
  EspSpi spi_inbound;
  EspSpi spi_outbound;
  EspSuite suite;
  TrafficSelectors ts_local;
  TrafficSelectors ts_remote;
  State state = State::Installed;
  Instant established;
  std::optional<Instant> rekey_at;
  std::optional<Instant> expires_at;  // If nobody rekeys it.
  std::optional<Instant> use_at;      // We answered its rekey and do not seal with it yet.
  std::optional<Instant> remove_at;   // While Lingering.
  bool is_running_out = false;        // Of sequence numbers, or of octets: a rekey is on its way.
  std::uint64_t bytes_out = 0;        // Sealed, as last reported.
};

}  // namespace agilevpn::ike
