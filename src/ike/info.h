// What an endpoint tells of its SAs when it is asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "ike/quirks.h"
#include "ike/sa_change.h"

namespace agilevpn::ike {

struct ChildSaInfo {
  ChildSaId child;
  EspSpi spi_inbound;
  EspSpi spi_outbound;
  std::string suite;
  TrafficSelectors ts_local;
  TrafficSelectors ts_remote;
  Instant established;
  std::optional<Instant> rekey_at;
};

struct IkeSaInfo {
  IkeSaId ike_sa;
  bool is_initiator = false;
  bool is_established = false;
  IkeSpi spi_i;
  IkeSpi spi_r;
  wire::Identity local;
  wire::Identity peer;
  Path path;
  bool is_local_behind_nat = false;
  bool is_peer_behind_nat = false;
  bool is_mobike = false;
  bool is_resumed = false;  // By a ticket: its peer proved itself at an earlier login.
  bool udp_encapsulation = false;
  std::string suite;
  Instant established;  // The first one of the session, not the last rekey.
  Instant last_heard;   // The peer's last message or ESP packet that was authentic.
  std::optional<Instant> rekey_at;
  std::optional<Lease> lease;
  std::vector<IpAddress> peer_additional_addresses;
  PeerGuess product;  // The peer's.
  Quirks quirks;
  std::vector<ChildSaInfo> child_sas;
};

}  // namespace agilevpn::ike
