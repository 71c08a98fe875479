// Facts of a gateway, besides the engine's own.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/event.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "gateway/refusal.h"
#include "ike/event.h"
#include "radius/event.h"

namespace agilevpn::gateway {

struct SessionStarted {
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  std::string rule;
  Path path;
  std::optional<ike::Lease> lease;
  bool is_resumed = false;  // By a ticket: nobody had to log in anew.
  WallTime logged_in{};     // Then.
};
struct SessionEnded {
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  std::string rule;
  std::string reason;  // "closed by the peer", "idle for 5 minutes" ...
  Duration duration{};
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};
struct SessionDormant {  // The client does not answer; the session waits for it.
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  Duration outage_time{};
};
struct SessionResumed {
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  Path path;
  Duration slept{};
};
struct SessionChanged {  // A RADIUS server changed what it may do.
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  std::string by;
  std::string what;  // "Session-Timeout = 600"
};
struct
    NetworkNotAskedFor {  // It stands behind the client, as was granted, and the client's Child SA does not cover it.
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  IpPrefix network;
};
struct FilterIdUnknown {  // A RADIUS server says these, and no group has such a name.
  ike::IkeSaId ike_sa;
  ike::wire::Identity peer;
  std::string filter_ids;  // "contractors, guests"
  std::string group;       // Whose it is instead.
};
struct GroupFault {  // What of its group kept it out.
  std::string group;
  std::vector<std::string> methods{};  // MethodOfGroup: that it takes, as groups name them: "eap-tls".
  std::string method{};                // And the client's; empty: it refused all that it was offered.
  std::vector<std::string> pools{};    // NoPoolOfFamily: that the configuration does not have.
};
struct PeerRefused {  // With everything an operator needs to know why.
  static constexpr bool needs_no_proof = true;
  ike::wire::Identity peer;
  Path path;
  std::string reason;
  ike::IkeSaId ike_sa;
  Refusal cause{};
  std::optional<crypto::CertificateError> certificate;  // What the first rule that takes certificates found.
  std::string who{};                                    // As it is kept: "anna/phone", or "anna"; empty: nobody is.
  std::optional<GroupFault> group_fault{};
};
struct LoginDelayed {  // Wrong passwords came before this login, so it waits.
  static constexpr bool needs_no_proof = true;
  ike::IkeSaId ike_sa;
  std::string user;
  Path path;
  Duration delay{};
};
using Event = std::variant<ike::Event, SessionStarted, SessionEnded, SessionDormant, SessionResumed, SessionChanged,
                           NetworkNotAskedFor, FilterIdUnknown, PeerRefused, LoginDelayed, radius::Event>;

EventRecord to_record(const Event& event);

}  // namespace agilevpn::gateway
