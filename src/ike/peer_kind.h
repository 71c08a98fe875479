// Which product the peer is, by what it shows of itself: its vendor IDs, what it offers and asks for. All of that is claimed,
// nothing proved, so it serves people and the peer's quirks (quirks.h); nobody is let in or kept out by it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace agilevpn::ike {

struct InitOffer;
struct AuthRequested;

enum class PeerKind : std::uint8_t {
  Unknown,
  Windows7,       // And Server 2008 R2.
  Windows8,       // To Windows 10 before 2018: without fragments of RFC 7383.
  Windows,        // 10 or 11.
  WindowsServer,  // RRAS, as our gateway.
  Ios,            // Set up by hand.
  Apple,
  Android11,
  Android,
  StrongSwan,
  StrongSwan6,
  AgileVpn,
};
struct PeerGuess {
  PeerKind kind = PeerKind::Unknown;
  bool is_sure = false;  // More than one sign says so.

  friend bool operator==(const PeerGuess&, const PeerGuess&) = default;
};

// What we say of ourselves in IKE_SA_INIT, in both roles: 16 octets that mean nothing to others.
Bytes own_vendor_id();

// An initiator by its IKE_SA_INIT and, once it is here, its first IKE_AUTH (else null). Signs of two makers at once, or of one that does otherwise than its maker's products do: Unknown.
PeerGuess recognize(const InitOffer& offer, const AuthRequested* auth);
// A responder, by the vendor IDs of its IKE_SA_INIT.
PeerGuess recognize_responder(const std::vector<Bytes>& vendor_ids);

std::string_view to_string(PeerKind kind);      // "Windows 10 or 11"; "" for Unknown
std::string to_string(const PeerGuess& guess);  // "probably iOS or macOS"
constexpr bool is_windows(PeerKind kind) {
  return kind == PeerKind::Windows7 || kind == PeerKind::Windows8 || kind == PeerKind::Windows;
}
constexpr bool is_apple(PeerKind kind) { return kind == PeerKind::Ios || kind == PeerKind::Apple; }
constexpr bool is_android(PeerKind kind) { return kind == PeerKind::Android11 || kind == PeerKind::Android; }
constexpr bool is_strongswan(PeerKind kind) { return kind == PeerKind::StrongSwan || kind == PeerKind::StrongSwan6; }

}  // namespace agilevpn::ike
