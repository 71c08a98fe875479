// What the owner of an endpoint may set. The defaults that are ours to choose stand in limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "ike/limits.h"
#include "ike/policy.h"
#include "ike/quirks.h"

namespace agilevpn::ike {

struct Settings {
  Duration ike_rekey = 4h;    // Before this, minus a jitter of up to a tenth, the IKE SA is rekeyed. 0: never by us.
  Duration child_rekey = 1h;  // The same for Child SAs.
  std::uint64_t child_rekey_bytes = 0;  // And after so many octets in either direction. 0: however many.
  Duration
      child_lifetime{};  // A Child SA that nobody has rekeyed by then is deleted; who needs it asks for another. 0: never.
  Duration liveness_interval = 30s;  // Silence after which we ask whether the peer is still there (§2.4). 0: never.
  Duration nat_keepalive =
      20s;  // RFC 3948 §4; sent by the data plane's world, only while we are behind a NAT. 0: never.
  // With MOBIKE, how long a peer may be out of reach before its session ends: it may be asleep, or between two networks.
  Duration outage = 1h;
  int retransmit_attempts = limits::retransmit_attempts;
  Duration retransmit_first = limits::retransmit_first;
  bool always_udp_encapsulation =
      true;  // ESP in UDP also where there is no NAT: it passes more firewalls and GSO is quicker.
  bool mobike = true;
  bool prohibit_nat = false;  // Send NO_NATS_ALLOWED, refuse translated packets (RFC 4555 §3.9).
  bool fragmentation = true;  // RFC 7383.
  std::size_t fragment_size = limits::fragment_size;  // Octets of an IP datagram.
  bool pfs = true;                                    // A fresh key exchange at Child SA rekeys.
  Duration ticket_lifetime =
      limits::ticket_lifetime;  // Of the tickets that a responder gives (RFC 5723). 0: it neither gives nor takes any.
  Quirks ignored_quirks;        // Habits of peers that are not minded, neither known nor learnt.

  friend bool operator==(const Settings&, const Settings&) = default;
};

struct EndpointConfig {
  Policy policy;  // What a responder accepts in IKE_SA_INIT.
  Settings settings;
  // SHA-1 key hashes of the CAs whose certificates a responder takes, for its CERTREQ: some peers send theirs only if asked.
  std::vector<Bytes> authorities;
  bool is_responder = true;  // False: IKE_SA_INIT requests are dropped.
  bool logs_keys = false;    // Endpoint::log_keys() from the start.
  std::size_t cookie_threshold = limits::cookie_threshold;
  std::size_t half_open_max = limits::half_open_max;
};

}  // namespace agilevpn::ike
