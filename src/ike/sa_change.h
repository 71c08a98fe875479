// What the engine tells the data plane. These hold keys: they go to whoever seals and opens packets, and nowhere else.
#pragma once

#include <variant>

#include "base/address.h"
#include "base/secret.h"
#include "base/spi.h"
#include "base/traffic_selector.h"
#include "crypto/transform.h"

namespace agilevpn::ike {

// Handles of this endpoint, never reused. An IkeSaId names a session: a rekeyed one has a new IKE SA and the same IkeSaId.
struct IkeSaId {
  std::uint64_t value = 0;
  friend auto operator<=>(const IkeSaId&, const IkeSaId&) = default;
};
struct ChildSaId {
  std::uint64_t value = 0;
  friend auto operator<=>(const ChildSaId&, const ChildSaId&) = default;
};

// Where a session's ESP packets go, and how.
struct EspPath {
  Path path;                       // The ports matter only with UDP encapsulation.
  bool udp_encapsulation = false;  // RFC 3948; else IP protocol 50.
  friend bool operator==(const EspPath&, const EspPath&) = default;
};

struct InstallChildSa {
  IkeSaId ike_sa;
  ChildSaId child;
  EspSpi spi_inbound;   // Ours: the peer writes it.
  EspSpi spi_outbound;  // The peer's.
  crypto::CipherSuite suite;
  Secret inbound_encryption_key;  // As crypto::PacketCipher::make() takes them.
  Secret inbound_integrity_key;
  Secret outbound_encryption_key;
  Secret outbound_integrity_key;
  bool extended_sequence_numbers = false;
  TrafficSelectors ts_local;
  TrafficSelectors ts_remote;
  EspPath path;
  // False for a rekey's responder: open with it at once, seal with the old one until UseChildSa (RFC 7296 §2.8).
  bool use_outbound = true;
};
// From now on, what these selectors cover is sealed with this Child SA.
struct UseChildSa {
  ChildSaId child;
};
// Every Child SA of the session is sent on this path from now on (RFC 4555 §3.5).
struct MoveChildSas {
  IkeSaId ike_sa;
  EspPath path;
};
// Nothing is sealed with the session's Child SAs until MoveChildSas: the peer may not be where it says (RFC 4555 §3.7).
struct PauseChildSas {
  IkeSaId ike_sa;
};
struct RemoveChildSa {
  ChildSaId child;
};

using SaChange = std::variant<InstallChildSa, UseChildSa, MoveChildSas, PauseChildSas, RemoveChildSa>;

}  // namespace agilevpn::ike
