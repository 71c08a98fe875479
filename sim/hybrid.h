// Pairs whose policies have additional key exchanges (RFC 9370), for the tests of IKE_INTERMEDIATE and IKE_FOLLOWUP_KE.
#pragma once

#include "ike/policy.h"
#include "ike/typed_proposal.h"
#include "sim/pair.h"

namespace agilevpn::sim {

inline ike::Policy typed_policy(std::initializer_list<std::string_view> proposals) {
  ike::Policy policy{"typed", {}, {*ike::parse_esp_proposal("aes256gcm16")}};
  for (const std::string_view text : proposals) policy.ike.push_back(*ike::parse_ike_proposal(text));
  return policy;
}

inline PairOptions with_policies(const ike::Policy& client, const ike::Policy& gateway, std::uint64_t seed = 1) {
  return {.seed = seed, .client = {.policy = client, .is_responder = false}, .gateway = {.policy = gateway}};
}

inline PairOptions hybrid(std::string_view proposal, std::uint64_t seed = 1) {
  const ike::Policy policy = typed_policy({proposal});
  return with_policies(policy, policy, seed);
}

inline std::size_t count_sent(const Pair& pair, ike::wire::ExchangeType exchange) {
  return static_cast<std::size_t>(std::ranges::count_if(pair.sent(), [&](const Datagram& datagram) {
    const auto header = datagram.header();
    return header && header->exchange == exchange;
  }));
}

}  // namespace agilevpn::sim
