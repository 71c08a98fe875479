#include "eap/tls_server.h"

#include <algorithm>
#include <array>

namespace agilevpn::eap {

namespace {

using Kind = crypto::CertificateName::Kind;

bool is_same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string user_of(const crypto::Certificate& certificate, const std::string& claimed) {
  const auto names = certificate.names();
  const auto common = certificate.subject_field("CN");
  const auto says = [&](const crypto::CertificateName& name) { return is_same_text(name.to_string(), claimed); };
  if (!claimed.empty() && (std::ranges::any_of(names, says) || std::ranges::find(common, claimed) != common.end()))
    return claimed;
  for (const Kind kind : {Kind::Email, Kind::Dns}) {
    const auto found = std::ranges::find(names, kind, &crypto::CertificateName::kind);
    if (found != names.end()) return found->to_string();
  }
  return common.empty() ? certificate.subject() : common.front();
}

ServerStep TlsServer::handle_data(Secret data) {
  if (!data.empty()) return failed("the peer talks where it should be silent");
  if (has_promised_) {
    return Outcome{.is_success = true,
                   .reason = {},
                   .user = user_of(*channel_.tls().peer_certificate(), identity_),
                   .msk = channel_.msk(type(), eap_tls_label),
                   .error_for_user = {}};
  }
  has_promised_ = true;
  constexpr std::array success{std::byte{0}};
  return channel_.is_tls13() ? channel_.send(success) : channel_.send();
}

}  // namespace agilevpn::eap
