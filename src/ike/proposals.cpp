#include "ike/proposals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <set>
#include <span>

namespace agilevpn::ike {

namespace {

using wire::Proposal;
using wire::Transform;
using wire::TransformType;

constexpr std::array known_types{TransformType::Encryption, TransformType::Prf, TransformType::Integrity,
                                 TransformType::KeyExchange, TransformType::SequenceNumbers};
constexpr std::span additional_types{wire::additional_key_exchange_types};

bool is_known(TransformType type) {
  return std::ranges::find(known_types, type) != known_types.end() || wire::is_additional_key_exchange(type);
}

bool is_additional(const Transform& transform) { return wire::is_additional_key_exchange(transform.type); }

std::vector<Transform> of_type(const Proposal& proposal, TransformType type) {
  std::vector<Transform> found;
  std::ranges::copy_if(proposal.transforms, std::back_inserter(found),
                       [&](const Transform& t) { return t.type == type; });
  return found;
}

constexpr std::size_t described_max = 20;  // Proposals, and transforms of each: who wrote them may be anybody.

bool is_same(const Transform& a, const Transform& b) { return a.id == b.id && a.key_bits == b.key_bits; }

bool is_aead(const Transform& transform) { return crypto::is_aead(crypto::EncryptionId{transform.id}); }

bool allows_none(const std::vector<Transform>& transforms) {
  return transforms.empty() || std::ranges::any_of(transforms, [](const Transform& t) { return t.id == 0; });
}

// A type of transform that we do not know must be done without, so it must allow "none".
bool has_only_known_types(const Proposal& proposal) {
  std::set<TransformType> unknown, dispensable;
  for (const Transform& transform : proposal.transforms) {
    if (is_known(transform.type)) continue;
    unknown.insert(transform.type);
    if (transform.id == 0) dispensable.insert(transform.type);
  }
  return unknown == dispensable;
}

enum class Match : std::uint8_t { Chosen, NotNeeded, Impossible };

Match match_type(const Proposal& ours, const Proposal& offered, TransformType type, Proposal& chosen) {
  const auto wanted = of_type(ours, type);
  const auto there = of_type(offered, type);
  for (const Transform& want : wanted) {
    if (std::ranges::none_of(there, [&](const Transform& t) { return is_same(t, want); })) continue;
    chosen.transforms.push_back(want);
    return Match::Chosen;
  }
  return allows_none(wanted) && allows_none(there) ? Match::NotNeeded : Match::Impossible;
}

// The additional key exchanges from the first of these types on, no method twice (RFC 9370 §2.2.1). A type that is left out
// means NONE; NONE is said where it was offered.
bool match_additional(const Proposal& ours, const Proposal& offered, std::span<const TransformType> types,
                      Proposal& chosen) {
  if (types.empty()) return true;
  auto wanted = of_type(ours, types.front());
  const auto there = of_type(offered, types.front());
  if (wanted.empty()) wanted.push_back(Transform::of(crypto::KeyExchangeId::None, types.front()));
  for (const Transform& want : wanted) {
    const auto is_wanted = [&](const Transform& t) { return is_same(t, want); };
    const bool is_there = std::ranges::any_of(there, is_wanted) || (want.id == 0 && there.empty());
    const bool is_repeated = std::ranges::any_of(
        chosen.transforms, [&](const Transform& t) { return is_additional(t) && is_same(t, want); });
    if (!is_there || (want.id != 0 && is_repeated)) continue;
    Proposal longer = chosen;
    if (!there.empty()) longer.transforms.push_back(want);
    if (!match_additional(ours, offered, types.subspan(1), longer)) continue;
    chosen = std::move(longer);
    return true;
  }
  return false;
}

std::optional<Proposal> match(const Proposal& ours, const Proposal& offered) {
  if (ours.protocol != offered.protocol) return std::nullopt;
  Proposal chosen{.number = offered.number, .protocol = offered.protocol, .spi = offered.spi, .transforms = {}};
  for (const TransformType type : known_types) {
    // Some peers put AEADs and integrity algorithms into one proposal; with an AEAD the latter means nothing (RFC 5282 §8).
    if (type == TransformType::Integrity && !chosen.transforms.empty() && is_aead(chosen.transforms.front())) continue;
    if (match_type(ours, offered, type, chosen) == Match::Impossible) return std::nullopt;
  }
  if (!match_additional(ours, offered, additional_types, chosen)) return std::nullopt;
  return chosen;
}

// How wanted a match is: smaller is more. The key exchanges weigh most, since their weak methods are the weakest of all, and
// without an additional one what is recorded today may be read some day.
std::array<std::ptrdiff_t, std::size(wire::additional_key_exchange_types) + known_types.size()> rank(
    const Proposal& ours, const Proposal& chosen) {
  constexpr std::array by_weight{TransformType::KeyExchange, TransformType::Encryption, TransformType::Prf,
                                 TransformType::Integrity, TransformType::SequenceNumbers};
  std::array<std::ptrdiff_t, additional_types.size() + by_weight.size()> places{};
  std::ranges::fill_n(places.begin(), std::ssize(additional_types), std::ssize(ours.transforms));
  for (const Transform& transform : chosen.transforms) {
    const auto weight =
        is_additional(transform)
            ? std::ranges::find(additional_types, transform.type) - additional_types.begin()
            : std::ssize(additional_types) + (std::ranges::find(by_weight, transform.type) - by_weight.begin());
    places[static_cast<std::size_t>(weight)] = std::ranges::find(ours.transforms, transform) - ours.transforms.begin();
  }
  return places;
}

// The only transform of a type; nothing if there is none, and false in `valid` if there are several.
std::optional<Transform> only(const Proposal& proposal, TransformType type, bool& valid) {
  const auto found = of_type(proposal, type);
  valid &= found.size() <= 1;
  return found.empty() ? std::nullopt : std::optional{found.front()};
}

std::vector<Transform> additional_of(const Proposal& chosen, bool& valid) {
  std::vector<Transform> additional;
  for (const TransformType type : additional_types)
    if (const auto found = only(chosen, type, valid); found && found->id != 0) additional.push_back(*found);
  return additional;
}

std::string key_exchanges(crypto::KeyExchangeId method, const std::vector<Transform>& additional) {
  std::string text = crypto::to_string(method);
  for (const Transform& transform : additional) text += " + " + transform.to_string();
  return text;
}

std::optional<crypto::CipherSuite> cipher_suite(const Proposal& chosen, bool& valid) {
  const auto encryption = only(chosen, TransformType::Encryption, valid);
  const auto integrity = only(chosen, TransformType::Integrity, valid);
  if (!encryption) return std::nullopt;
  const crypto::CipherSuite suite{.encryption = crypto::EncryptionId{encryption->id},
                                  .key_bits = encryption->key_bits.value_or(0),
                                  .integrity = crypto::IntegrityId{integrity ? integrity->id : std::uint16_t{0}}};
  return suite;
}

}  // namespace

std::string IkeSuite::to_string() const {
  return fmt::format("{} / {} / {}", crypto::to_string(cipher), crypto::to_string(prf),
                     key_exchanges(key_exchange, additional));
}

std::string EspSuite::to_string() const {
  std::string text = crypto::to_string(cipher);
  if (key_exchange != crypto::KeyExchangeId::None) text += " / " + key_exchanges(key_exchange, additional);
  return extended_sequence_numbers ? text + ", ESN" : text;
}

std::optional<Proposal> choose(const Proposals& ours, const Proposals& offered) {
  Proposals possible;
  std::ranges::copy_if(offered, std::back_inserter(possible), has_only_known_types);
  for (const Proposal& our : ours) {
    std::optional<Proposal> best;
    for (const Proposal& their : possible)
      if (auto chosen = match(our, their); chosen && (!best || rank(our, *chosen) < rank(our, *best)))
        best = std::move(chosen);
    if (best) return best;
  }
  return std::nullopt;
}

bool is_valid_answer(const Proposals& offer, const Proposals& answer) {
  if (answer.size() != 1) return false;
  const Proposal& chosen = answer.front();
  bool has_one_each = true;
  for (const TransformType type : known_types) (void)only(chosen, type, has_one_each);
  (void)additional_of(chosen, has_one_each);
  return has_one_each && std::ranges::any_of(offer, [&](const Proposal& offered) {
           return offered.number == chosen.number && match(chosen, offered).has_value();
         });
}

Proposals without_additional_key_exchanges(Proposals proposals) {
  std::erase_if(proposals,
                [](const Proposal& proposal) { return std::ranges::any_of(proposal.transforms, is_additional); });
  return proposals;
}

bool has_additional_key_exchange(const Proposals& proposals) {
  return without_additional_key_exchanges(proposals).size() != proposals.size();
}

std::optional<IkeSuite> ike_suite(const Proposal& chosen) {
  bool valid = true;
  const auto cipher = cipher_suite(chosen, valid);
  const auto prf = only(chosen, TransformType::Prf, valid);
  const auto method = only(chosen, TransformType::KeyExchange, valid);
  auto additional = additional_of(chosen, valid);
  if (!cipher || !prf || !method || !valid) return std::nullopt;
  return IkeSuite{*cipher, crypto::PrfId{prf->id}, method_of(*method), std::move(additional)};
}

wire::Proposal proposal_of(const IkeSuite& suite) {
  wire::Proposal proposal{.number = 1, .protocol = wire::ProtocolId::Ike, .spi = {}, .transforms = {}};
  proposal.transforms.push_back(wire::Transform::of(suite.cipher.encryption, suite.cipher.key_bits));
  if (suite.cipher.integrity != crypto::IntegrityId::None)
    proposal.transforms.push_back(wire::Transform::of(suite.cipher.integrity));
  proposal.transforms.push_back(wire::Transform::of(suite.prf));
  proposal.transforms.push_back(wire::Transform::of(suite.key_exchange));
  std::ranges::copy(suite.additional, std::back_inserter(proposal.transforms));
  return proposal;
}

std::optional<EspSuite> esp_suite(const Proposal& chosen) {
  bool valid = true;
  const auto cipher = cipher_suite(chosen, valid);
  const auto method = only(chosen, TransformType::KeyExchange, valid);
  const auto numbers = only(chosen, TransformType::SequenceNumbers, valid);
  auto additional = additional_of(chosen, valid);
  if (!cipher || !valid || (!additional.empty() && !method)) return std::nullopt;
  EspSuite suite{.cipher = *cipher};
  suite.additional = std::move(additional);
  suite.extended_sequence_numbers = numbers && crypto::SequenceNumbersId{numbers->id} == crypto::SequenceNumbersId::Esn;
  if (method) suite.key_exchange = method_of(*method);
  return suite;
}

Proposals offer(Proposals proposals, ByteView spi) {
  std::uint8_t number = 0;
  for (Proposal& proposal : proposals) {
    proposal.number = ++number;
    proposal.spi = to_bytes(spi);
  }
  return proposals;
}

Proposals with_key_exchange(const Proposals& esp, const std::vector<crypto::KeyExchangeId>& methods,
                            const std::vector<Transform>& additional) {
  Proposals all = esp;
  for (Proposal& proposal : all) {
    std::erase_if(proposal.transforms,
                  [](const Transform& t) { return t.type == TransformType::KeyExchange || is_additional(t); });
    for (const crypto::KeyExchangeId method : methods) proposal.transforms.push_back(Transform::of(method));
    std::ranges::copy(additional, std::back_inserter(proposal.transforms));
  }
  return all;
}

std::vector<crypto::KeyExchangeId> key_exchange_methods(const Proposals& proposals) {
  std::vector<crypto::KeyExchangeId> methods;
  for (const Proposal& proposal : proposals)
    for (const Transform& transform : of_type(proposal, TransformType::KeyExchange)) {
      const crypto::KeyExchangeId method = method_of(transform);
      if (std::ranges::find(methods, method) == methods.end()) methods.push_back(method);
    }
  return methods;
}

std::vector<std::string> describe(const Proposals& proposals) {
  std::vector<std::string> lines;
  for (const Proposal& proposal : proposals | std::views::take(described_max)) {
    Proposal shown = proposal;
    if (shown.transforms.size() > described_max) shown.transforms.resize(described_max);
    lines.push_back(shown.to_string());
    if (shown.transforms.size() < proposal.transforms.size()) lines.back() += " ...";
  }
  if (proposals.size() > described_max) lines.push_back(fmt::format("and {} more", proposals.size() - described_max));
  return lines;
}

}  // namespace agilevpn::ike
