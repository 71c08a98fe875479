// A key exchange by KE payloads (RFC 7296 §3.4): the initiator's value there, the responder's back.
#pragma once

#include <optional>

#include "crypto/key_exchange.h"
#include "ike/proposals.h"

namespace agilevpn::ike {

wire::Payload ke_payload(const crypto::KeyExchange& key_exchange);

// Initiator: the shared secret. Nothing if there is no KE payload, it is of another method, or its value must be
// refused.
std::optional<Secret> finish_ke(const crypto::KeyExchange& ours, const wire::Payloads& response);

// Responder, for a request's KE payload of this method. Nothing as above.
struct AnsweredKe {
  wire::Payload payload;
  Secret shared;
};
std::optional<AnsweredKe> answer_ke(const wire::Payloads& request, crypto::KeyExchangeId method, Random& random);

// Whether we can compute all of these.
bool can_exchange(const std::vector<wire::Transform>& key_exchanges);

}  // namespace agilevpn::ike
