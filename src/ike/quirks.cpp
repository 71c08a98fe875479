#include "ike/quirks.h"

#include "ike/wire/microsoft_status.h"

namespace agilevpn::ike {

Quirks quirks_of(PeerKind kind) {
  if (is_windows(kind)) return {Quirk::RekeysChildren, Quirk::ReadsMicrosoftStatus, Quirk::SolicitsRouters};
  return {};
}

Quirks quirk_shown_by(std::uint32_t microsoft_status) {
  if (microsoft_status == wire::microsoft_status::ipsec_ike_invalid_situation) return {Quirk::RekeysChildren};
  if (microsoft_status == wire::microsoft_status::ipsec_ike_error) return {Quirk::TakesNoKeyExchange};
  return {};
}

std::vector<std::string> describe(Quirks quirks) {
  std::vector<std::string> sentences;
  if (quirks.has(Quirk::RekeysChildren)) sentences.emplace_back("we leave the rekeys of its Child SAs to it");
  if (quirks.has(Quirk::TakesNoKeyExchange))
    sentences.emplace_back("our own rekeys of its Child SAs are without a key exchange");
  if (quirks.has(Quirk::ReadsMicrosoftStatus)) sentences.emplace_back("refusals also say a Windows error number");
  if (quirks.has(Quirk::SolicitsRouters))
    sentences.emplace_back("router advertisements tell it what it reaches by IPv6");
  return sentences;
}

}  // namespace agilevpn::ike
