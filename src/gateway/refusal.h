// Why a gateway did not let somebody in, for programs. The sentence that stands beside it in every place is for people.
#pragma once

#include <cstdint>

namespace agilevpn::gateway {

enum class Refusal : std::uint8_t {
  Other,
  // ---- By what it showed in IKE_AUTH
  NoPsk,              // Nobody has this identity and a pre-shared key.
  NoCertificateRule,  // No rule lets certificates in.
  NoOwnCertificate,   // We have none to answer with.
  Certificate,        // No rule believes or wants it.
  // ---- By EAP
  NoEap,
  LeftAtOnce,  // It went away when it saw our certificate and was asked who it is.
  Left,        // In the middle of its login.
  UnknownUser,
  WrongPassword,
  UserDisabled,
  DeviceDisabled,  // Of a user who is not.
  UserExpired,
  NoPasswordHash,  // None is kept that the method can compare with.
  NoMethod,        // We have no method for this user.
  MethodRefused,   // It wants none of our methods.
  RadiusSilent,    // No server answered.
  RadiusReject,
  RadiusGrant,     // It lets it in, with what cannot be.
  MethodOfGroup,   // The method is none of those that its group takes.
  FromOfGroup,     // It came from another network than its group may.
  TicketOutdated,  // It resumes a session that it may not any more: its client logs in anew by itself.
  StoreTrouble,    // What is kept of users and leases cannot be read or written: damaged, locked, a full disk.
  // ---- An address
  PoolExhausted,
  NoPoolOfFamily,
  AddressNotFree,  // That a RADIUS server grants it.
  TooManyDevices,  // Of one user at a time.
};

}  // namespace agilevpn::gateway
