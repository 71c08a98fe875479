// What people see on their screens when a connection fails, by their client. Windows shows numbers; of the others only
// words are known, and fewer of them (docs/troubleshooting.md).
#pragma once

#include <string>
#include <vector>

#include "diagnosis/peer_kind.h"

namespace agilevpn::diagnosis {

enum class Symptom : std::uint8_t {
  Nothing,
  NoAnswer,
  NoCommonAlgorithms,
  GatewayNotBelieved,
  ClientNotBelieved,  // Its certificate or shared key.
  WrongPassword,
  WrongMethod,  // Of EAP.
  NoTunnel,
  RekeyRefused,
};

// For an unknown kind of client every known word, with whose it is.
std::vector<std::string> on_screen(Symptom symptom, PeerKind kind);
// "13801 (IKE authentication credentials are unacceptable)"
std::string windows_text(std::uint32_t error);

}  // namespace agilevpn::diagnosis
