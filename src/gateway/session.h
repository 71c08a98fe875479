// One client as the gateway keeps it, from its admission on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/config.h"
#include "gateway/user.h"
#include "ike/traffic_meter.h"
#include "radius/grant.h"
#include "radius/iana.h"

namespace agilevpn::gateway {

// Why we closed it.
struct Ending {
  radius::AcctTerminateCause cause{};
  std::string why;
};

struct Session {
  std::shared_ptr<const ConnectionRule> rule;
  ike::wire::Identity peer;
  std::vector<Bytes> certificates;  // That it showed, its own first; none: it showed none.
  Bytes fingerprint;                // SHA-256 of its own.
  std::string method;               // As groups name it: "certificate", "eap-mschapv2" ...
  std::string user;                 // As it is kept; empty: the peer is nobody's user.
  std::int64_t user_id = 0;
  std::string device;                 // Of the user's, with a name of its own.
  std::int64_t password_changes = 0;  // Of the user's, when it logged in.
  bool is_established = false;
  Instant since;
  Instant last_traffic;        // In either direction.
  Duration idle_timeout{};     // Without traffic for so long, it is closed. 0: never.
  Duration session_timeout{};  // After so long it is closed in any case. 0: never.
  std::optional<Instant> dormant_since;
  ike::TrafficMeter traffic;
  Path path;  // The outer one, of now.
  std::uint32_t moves = 0;
  std::optional<ike::Lease> lease;
  std::string accounting_id;     // Acct-Session-Id; empty: RADIUS is not spoken here.
  std::vector<Bytes> classes;    // What a RADIUS server wants back in accounting.
  bool is_by_radius = false;     // A RADIUS server let it in.
  Duration interim_interval{};   // As it granted. 0: the gateway's.
  std::optional<Ending> ending;  // If we closed it.
  bool is_refused = false;       // That is said already.
  bool is_kept = false;          // It logged in as a user whom the owner keeps.
  IpAddress from;                // Where it came from.

  // For its tickets (ticketed_login.h).
  Bytes login_id;  // Of the login that it goes back to, however often it was resumed. Empty: it cannot be resumed.
  WallTime logged_in{};  // Then.
  bool is_resumed = false;
  std::optional<radius::Grant> granted;  // By a RADIUS server, at that login.

  ike::wire::Identity login;  // As it proved to be, and the group that this put it in: what it is rechecked by.
  std::string login_group;
  std::vector<std::string> named;  // By a RADIUS server, see Authorize.
  Authorize recheck() const {
    return {.peer = login, .fingerprint = fingerprint, .group = login_group, .named = named};
  }

  // Whose devices these are.
  std::string owner() const { return user.empty() ? peer.to_string() : user; }
  // Whose inner address this is: two devices with names of their own have each their own.
  std::string lease_owner() const { return device.empty() ? owner() : owner() + "/" + device; }
};

// SHA-256 of the first of these; empty, if there is none.
Bytes fingerprint_of(const std::vector<Bytes>& certificates);
// What the rule says of times, the configuration where it says nothing.
Session new_session(Instant now, const Config& config, std::shared_ptr<const ConnectionRule> rule,
                    ike::wire::Identity peer, std::string method);

}  // namespace agilevpn::gateway
