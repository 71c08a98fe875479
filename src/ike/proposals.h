// Choosing among proposals (RFC 7296 §2.7, §3.3): the responder by its own order over the whole offer, and the
// initiator's check that the answer was in its offer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ike/wire/message.h"

namespace agilevpn::ike {

// A chosen proposal in the form that keys are made from.
struct IkeSuite {
  crypto::CipherSuite cipher;
  crypto::PrfId prf{};
  crypto::KeyExchangeId key_exchange{};
  std::vector<wire::Transform> additional;  // Key exchanges of IKE_INTERMEDIATE, in order, without NONE (RFC 9370).

  std::string to_string() const;  // "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519 + ML-KEM-768"
  friend bool operator==(const IkeSuite&, const IkeSuite&) = default;
};
struct EspSuite {
  crypto::CipherSuite cipher;
  bool extended_sequence_numbers = false;
  crypto::KeyExchangeId key_exchange = crypto::KeyExchangeId::None;  // PFS, in CREATE_CHILD_SA.
  std::vector<wire::Transform> additional;                           // And in IKE_FOLLOWUP_KE.

  std::string to_string() const;  // "AES-GCM-16-256", "AES-CBC-128/HMAC-SHA2-256-128, ESN"
  friend bool operator==(const EspSuite&, const EspSuite&) = default;
};

using Proposals = std::vector<wire::Proposal>;

// The first of `ours` that some offered proposal satisfies, with one transform of each type, and the number and SPI of the
// offered one. Of several that do (Windows lists each combination as a proposal of its own) the one that we want most. Nothing: NO_PROPOSAL_CHOSEN.
std::optional<wire::Proposal> choose(const Proposals& ours, const Proposals& offered);
// Whether the responder's answer is one proposal with one transform of each type, out of our offer (§3.3.6).
bool is_valid_answer(const Proposals& offer, const Proposals& answer);

// What a peer that did not send INTERMEDIATE_EXCHANGE_SUPPORTED can mean: without additional key exchanges (RFC 9370 §2.2.1).
Proposals without_additional_key_exchanges(Proposals proposals);
bool has_additional_key_exchange(const Proposals& proposals);
inline crypto::KeyExchangeId method_of(const wire::Transform& key_exchange) {
  return crypto::KeyExchangeId{key_exchange.id};
}

// Nothing if a transform is missing or there twice.
std::optional<IkeSuite> ike_suite(const wire::Proposal& chosen);
std::optional<EspSuite> esp_suite(const wire::Proposal& chosen);
// The other way round, without an SPI.
wire::Proposal proposal_of(const IkeSuite& suite);

// The proposals numbered from 1, each with this SPI, as an offer.
Proposals offer(Proposals proposals, ByteView spi);
// ESP proposals for CREATE_CHILD_SA: each with these key exchange methods. With `None` among them the peer may do without.
Proposals with_key_exchange(const Proposals& esp, const std::vector<crypto::KeyExchangeId>& methods,
                            const std::vector<wire::Transform>& additional = {});
// The key exchange methods of a policy, most wanted first, each once.
std::vector<crypto::KeyExchangeId> key_exchange_methods(const Proposals& proposals);

std::vector<std::string> describe(const Proposals& proposals);

}  // namespace agilevpn::ike
