// Which client an attempt looks like, by what it sent. A guess that helps people; nothing is decided by it.
#pragma once

#include <string_view>

#include "diagnosis/attempt.h"

namespace agilevpn::diagnosis {

enum class PeerKind : std::uint8_t { Unknown, Windows7, Windows, Apple, Android, StrongSwan, AgileVpn };

PeerKind peer_kind(const Attempt& attempt);
std::string_view to_string(PeerKind kind);  // "Windows 8 or later"; "" for Unknown
constexpr bool is_windows(PeerKind kind) { return kind == PeerKind::Windows7 || kind == PeerKind::Windows; }

}  // namespace agilevpn::diagnosis
