// Facts of a client's connection, besides the engine's own.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/event.h"
#include "crypto/certificate.h"
#include "ike/event.h"
#include "mobility/manager.h"

namespace agilevpn::client {

// What a user sees. Off: not up, or down again.
enum class State : std::uint8_t { Off, Connecting, Connected, Dormant, DormantWaitingToReconnect, Failed };
std::string_view to_string(State state);  // "Connected", "Dormant: waiting to reconnect" ...

struct StateChanged {
  State from{};
  State to{};
  std::string reason;                 // One sentence; may be empty.
  std::optional<Duration> countdown;  // While dormant: until the session is given up.
};
struct ConnectStarted {  // An attempt over one path.
  Path path;
  std::string link;
};
struct ConnectFailed {
  enum class Cause : std::uint8_t {
    Other,  // What the engine said before it tells more.
    NotResolved,
    Gateway,   // We do not believe that it is our gateway.
    Password,  // The user's was refused.
  };
  std::string reason;
  std::optional<Duration> retry_in;  // Nothing: not tried again without the user.
  Cause cause{};
  std::optional<crypto::CertificateError> certificate;  // What was wrong with the gateway's.
  bool is_inside_eap = false;                           // Or with that of the EAP method's server.
};
struct GatewaySilent {  // On every way there was. It is tried on.
  std::string reason;
};
struct UserAsked {  // The gateway wants more than the profile has: the password, the code of a token.
  std::string prompt;
};
struct Moving {  // The session takes another path from now on.
  Path from;
  Path to;
  std::string from_link;
  std::string to_link;
  std::string reason;
};
struct Moved {  // The gateway answered there.
  Path from;
  Path to;
  std::string from_link;
  std::string to_link;
  Duration took{};  // Since Moving.
};

using Event =
    std::variant<ike::Event, StateChanged, ConnectStarted, ConnectFailed, GatewaySilent, UserAsked, Moving, Moved>;

// `profile` is named as the subject of the client's own events.
EventRecord to_record(const Event& event, const std::string& profile);

}  // namespace agilevpn::client
