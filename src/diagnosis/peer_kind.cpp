#include "diagnosis/peer_kind.h"

#include <algorithm>

namespace agilevpn::diagnosis {

namespace {

using ike::wire::NotifyType;

bool has(const std::vector<NotifyType>& notifies, NotifyType type) {
  return std::ranges::find(notifies, type) != notifies.end();
}

bool asks_for(const ike::AuthRequested& auth, ike::wire::ConfigurationAttributeType type) {
  return std::ranges::find(auth.attributes, type) != auth.attributes.end();
}

// "MS NT5 ISAKMPOAKLEY" and 4 octets of version: 7 is Windows 7, 9 is Windows 8 and everything later ([MS-IKEE] note
// 6).
PeerKind windows_by(const std::vector<Bytes>& vendor_ids) {
  const Bytes microsoft = "1e2b516905991c7d7c96fcbfb587e461"_hex;
  for (const Bytes& id : vendor_ids) {
    if (id.size() != microsoft.size() + 4 || !std::ranges::equal(ByteView{id}.first(microsoft.size()), microsoft))
      continue;
    return id.back() <= std::byte{8} ? PeerKind::Windows7 : PeerKind::Windows;
  }
  return PeerKind::Unknown;
}

}  // namespace

PeerKind peer_kind(const Attempt& attempt) {
  if (const PeerKind windows = windows_by(attempt.offer.vendor_ids); windows != PeerKind::Unknown) return windows;
  const auto& init = attempt.offer.notifies;
  if (init.empty()) return PeerKind::Unknown;
  const bool signs = has(init, NotifyType::SignatureHashAlgorithms);
  if (has(init, NotifyType::RedirectSupported)) return signs ? PeerKind::StrongSwan : PeerKind::Apple;
  if (!signs) return PeerKind::Unknown;
  // Ours begins on port 4500 (docs/architecture.md); the others move there.
  if (attempt.began_at_port == nat_traversal_port) return PeerKind::AgileVpn;
  const bool asks_version =
      attempt.auth && asks_for(*attempt.auth, ike::wire::ConfigurationAttributeType::ApplicationVersion);
  if (asks_version || attempt.offer.key_exchange == crypto::KeyExchangeId::Modp4096) return PeerKind::Android;
  return PeerKind::Unknown;
}

std::string_view to_string(PeerKind kind) {
  switch (kind) {
    case PeerKind::Unknown: return "";
    case PeerKind::Windows7: return "Windows 7";
    case PeerKind::Windows: return "Windows 8 or later";
    case PeerKind::Apple: return "iOS or macOS";
    case PeerKind::Android: return "Android's own client";
    case PeerKind::StrongSwan: return "strongSwan";
    case PeerKind::AgileVpn: return "AgileVPN";
  }
  return "";
}

}  // namespace agilevpn::diagnosis
