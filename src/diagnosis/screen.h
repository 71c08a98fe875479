// What people see on their screens when a connection fails, by their client. Windows shows numbers; of the others only
// words are known, and fewer of them (docs/troubleshooting.md).
#pragma once

#include <string>
#include <vector>

#include "ike/peer_kind.h"

namespace agilevpn::diagnosis {

enum class Symptom : std::uint8_t {
  Nothing,
  NoAnswer,
  NoCommonAlgorithms,
  GatewayNotBelieved,
  ClientNotBelieved,  // Its certificate or shared key.
  WrongPassword,
  WrongMethod,  // Of EAP.
  NotAllowed,   // It has proved who it is, and may not come in.
  NoTunnel,
  RekeyRefused,
};

using ike::PeerKind;

// For an unknown kind of client every known word, with whose it is.
std::vector<std::string> on_screen(Symptom symptom, PeerKind kind);

}  // namespace agilevpn::diagnosis
