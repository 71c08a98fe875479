// What the two halves of IKE_SA_INIT share (init.cpp).
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

inline constexpr std::string_view refused_key_exchange_value =
    "the peer's key exchange value must be refused (RFC 6989)";

// IKEV2_FRAGMENTATION_SUPPORTED, SIGNATURE_HASH_ALGORITHMS and who we are.
void add_capabilities(const Session& session, wire::Payloads& payloads);
void read_capabilities(Session& session, const wire::Payloads& payloads);
bool knows_intermediate(const wire::Payloads& payloads);  // INTERMEDIATE_EXCHANGE_SUPPORTED
InitOffer read_offer(const wire::Payloads& payloads);
bool can_compute(const wire::Proposal& chosen);
// Derives and takes SKEYSEED's keys. False if the peer's public value must be refused.
bool derive_keys(Session& session, IkeSa& ike_sa);

}  // namespace agilevpn::ike
