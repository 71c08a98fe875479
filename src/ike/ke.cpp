#include "ike/ke.h"

#include <algorithm>

namespace agilevpn::ike {

wire::Payload ke_payload(const crypto::KeyExchange& key_exchange) {
  return wire::payload(wire::KePayload{key_exchange.method(), to_bytes(key_exchange.public_value())});
}

std::optional<Secret> finish_ke(const crypto::KeyExchange& ours, const wire::Payloads& response) {
  const auto* theirs = wire::find<wire::KePayload>(response);
  if (!theirs || theirs->method != ours.method()) return std::nullopt;
  return ours.shared_secret(theirs->data);
}

std::optional<AnsweredKe> answer_ke(const wire::Payloads& request, crypto::KeyExchangeId method, Random& random) {
  const auto* theirs = wire::find<wire::KePayload>(request);
  if (!theirs || theirs->method != method) return std::nullopt;
  const auto ours = crypto::KeyExchange::respond(method, theirs->data, random);
  auto shared = ours ? ours->shared_secret(theirs->data) : std::nullopt;
  if (!shared) return std::nullopt;
  return AnsweredKe{ke_payload(*ours), *std::move(shared)};
}

bool can_exchange(const std::vector<wire::Transform>& key_exchanges) {
  return std::ranges::all_of(key_exchanges, crypto::KeyExchange::is_supported, method_of);
}

}  // namespace agilevpn::ike
