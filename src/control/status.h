// What a person or program may know of a running daemon, as plain values: served as JSON by the control API, read back by
// the command line. The nouns are those of the configuration and the log. Nothing here holds keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace agilevpn::control {

struct ChildSaStatus {
  std::string spi_inbound;  // 8 hex digits.
  std::string spi_outbound;
  std::string suite;  // "AES_GCM_16_256"
  std::vector<std::string> local_selectors;
  std::vector<std::string> remote_selectors;
  std::optional<std::chrono::seconds> rekey_in;

  friend bool operator==(const ChildSaStatus&, const ChildSaStatus&) = default;
};

// One session: an IKE SA and its Child SAs, under a name that lives through rekeys and moves.
struct SessionStatus {
  std::uint64_t id = 0;
  std::string name;  // Client: the connection in client.toml. Gateway: the peer's identity.
  std::string
      state;  // As users know them: "Connecting", "Connected", "Dormant", "Dormant: waiting to reconnect", "Failed" ...
  std::optional<WallTime> state_since;
  std::string question;                             // What the gateway asks the user of this client; empty: nothing.
  std::string reason;                               // Why it is in that state, or what it waits for; may be empty.
  std::optional<std::chrono::seconds> gives_up_in;  // While dormant: what is left of the network outage time.
  std::string local_identity;
  std::string peer_identity;
  std::string user;     // On a gateway: as `agilevpn user` keeps it; empty: it does not.
  std::string device;   // The user's, with a name of its own.
  std::string group;    // On a gateway.
  std::string product;  // The peer's, as it looks: "Windows 10 or 11"; empty: not known.
  bool is_product_sure = false;
  std::vector<std::string> quirks;  // What is done about its habits, one sentence each.

  std::string adapter;                  // The network adapter used: "eth0".
  std::string origin_address;           // Ours on the outer network: "10.0.1.2:4500".
  std::string gateway_address;          // The gateway's; on a gateway origin is the client's and this is ours.
  std::optional<double> round_trip_ms;  // On a client: of its last exchange with the gateway.
  bool is_local_behind_nat = false;
  bool is_peer_behind_nat = false;
  bool udp_encapsulation = false;
  bool is_resumed = false;  // By a ticket: nobody logged in for it.
  bool is_mobike = false;
  std::string mobike_reason;  // Why there is no MOBIKE, if there is none.

  std::vector<std::string> inner_addresses;
  std::vector<std::string> dns;
  std::vector<std::string>
      domains;  // On a client: the names that are asked there; empty: all, if all traffic is the tunnel's.
  std::vector<std::string> routes;  // On a client: into the tunnel.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::optional<WallTime> connected_since;
  std::uint32_t moves = 0;

  std::string spi_i;  // 16 hex digits.
  std::string spi_r;
  std::string suite;  // "AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE25519"
  std::optional<std::chrono::seconds> rekey_in;
  std::vector<ChildSaStatus> child_sas;

  friend bool operator==(const SessionStatus&, const SessionStatus&) = default;
};

// Packets that went no further, by the reason ("selector_mismatch"); only reasons that there were.
using Drops = std::map<std::string, std::uint64_t>;

struct Status {
  std::string role;  // "gateway" or "client"
  std::string name;  // The gateway's own; empty on a client.
  std::string version;
  WallTime since{};  // Of the daemon.
  std::vector<SessionStatus> sessions;
  std::vector<std::string> warnings;  // One sentence each.
  Drops drops;                        // Of all sessions, and of packets that belong to none.

  friend bool operator==(const Status&, const Status&) = default;
};

// A connection of client.toml, or a gateway's rule of who comes in: what `agilevpn list` shows.
struct ConnectionStatus {
  std::string name;
  std::string gateway;
  std::string identity;  // Ours.
  bool is_automatic = false;
  std::string state;

  friend bool operator==(const ConnectionStatus&, const ConnectionStatus&) = default;
};

// One way from this host to a peer, as mobility ranks it.
struct PathStatus {
  std::string connection;
  std::string adapter;
  std::string type;  // "ethernet", "wifi", "mobile", "other"
  std::string local_address;
  std::string peer_address;
  unsigned rank = 0;  // 1 is the most wanted.
  bool is_in_use = false;
  std::string state;  // "in use", "standby", "no carrier", "no route to the gateway" ...
  std::optional<double> round_trip_ms;

  friend bool operator==(const PathStatus&, const PathStatus&) = default;
};

}  // namespace agilevpn::control
