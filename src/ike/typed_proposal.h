// Proposals as people type them: words of transforms, joined by dashes, as users of other IKEv2 products know them.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

// One typed proposal: "aes256gcm16-prfsha384-ecp384", "aes128-sha256-modp2048", "chacha20poly1305-prfsha256-x25519" for
// IKE; "aes128gcm16", "aes256-sha256", "aes256gcm16-esn" for ESP. Additional key exchanges (RFC 9370) are "ke1_mlkem768" to
// "ke7_...", and "ke1_none" lets the peer do without. The error names the word that is not known.
Result<wire::Proposal, Error> parse_ike_proposal(std::string_view text);
// Key exchanges, which users of strongSwan type in ESP proposals too, are left out there: rekeys take the IKE SA's.
Result<wire::Proposal, Error> parse_esp_proposal(std::string_view text);
// The same beside these IKE proposals: if it names key exchanges, they must be those that the IKE SA may have, all of them, or it
// would not mean what it says.
Result<wire::Proposal, Error> parse_esp_proposal(std::string_view text, const std::vector<wire::Proposal>& ike);

}  // namespace agilevpn::ike
