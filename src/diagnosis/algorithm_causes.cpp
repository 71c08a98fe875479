// Why IKE_SA_INIT found no algorithms for both.
#include <fmt/format.h>

#include <algorithm>

#include "diagnosis/algorithms.h"
#include "diagnosis/causes.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using ike::wire::NotifyType;
using ike::wire::TransformType;

bool is_answered_by(const Facts& facts, NotifyType notify) { return facts.attempt.init_answer == notify; }

template <TransformType type>
bool is_kind_without_common(const Facts& facts) {
  if (!is_answered_by(facts, NotifyType::NoProposalChosen)) return false;
  const auto without = kinds_without_common(facts.attempt.offer.proposals, facts.config.policy.ike);
  return std::ranges::find(without, type) != without.end();
}

// Of ML-KEM, say, which our policy has not.
bool insists_on_additional_key_exchange(const Facts& facts) {
  const ike::Proposals& offered = facts.attempt.offer.proposals;
  return is_answered_by(facts, NotifyType::NoProposalChosen) && !offered.empty() &&
         ike::without_additional_key_exchanges(offered).empty() &&
         !ike::has_additional_key_exchange(facts.config.policy.ike);
}

bool does_only_combination_differ(const Facts& facts) {
  return is_answered_by(facts, NotifyType::NoProposalChosen) && !insists_on_additional_key_exchange(facts) &&
         kinds_without_common(facts.attempt.offer.proposals, facts.config.policy.ike).empty();
}

// All that Windows 7 has for packets.
bool takes_sha1_for_packets(const Facts& facts) {
  const auto sha1 = ike::wire::Transform::of(crypto::IntegrityId::HmacSha1_96);
  return std::ranges::any_of(facts.config.policy.esp, [&](const ike::wire::Proposal& proposal) {
    return std::ranges::find(proposal.transforms, sha1) != proposal.transforms.end();
  });
}

Lines set_up_client(const Facts& facts) {
  Lines cures;
  if (facts.kind == PeerKind::Windows7 && !takes_sha1_for_packets(facts))
    cures.emplace_back(
        "first set policy = \"compatible\" in gateway.toml: Windows 7 has nothing better than HMAC-SHA1 for packets");
  if (facts.kind == PeerKind::Unknown)
    cures.emplace_back(
        "allow one of our algorithms on the client, or one of its own under `ike` in gateway.toml if that is safe");
  else
    cures.push_back("send it a profile, which sets the right algorithms: " + profile_command(facts));
  return cures;
}

Lines cure_group(const Facts& facts) {
  Lines cures = set_up_client(facts);
  if (facts.kind == PeerKind::Windows7)
    cures.emplace_back(
        "or on the PC: reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\RasMan\\Parameters /v NegotiateDH2048_AES256 "
        "/t REG_DWORD /d 1 /f");
  if (facts.kind == PeerKind::Windows || facts.kind == PeerKind::Windows8)
    cures.emplace_back(
        "or on the PC: Set-VpnConnectionIPsecConfiguration -ConnectionName NAME -AuthenticationTransformConstants "
        "GCMAES256 "
        "-CipherTransformConstants GCMAES256 -EncryptionMethod AES256 -IntegrityCheckMethod SHA384 -DHGroup ECP384 "
        "-PfsGroup ECP384");
  return cures;
}

const Cause algorithm_table[] = {
    {"dh-group", "no common Diffie-Hellman group", is_kind_without_common<TransformType::KeyExchange>,
     Symptom::NoCommonAlgorithms, cure_group},
    {"encryption", "no common encryption for IKE", is_kind_without_common<TransformType::Encryption>,
     Symptom::NoCommonAlgorithms, set_up_client},
    {"prf", "no common pseudo-random function", is_kind_without_common<TransformType::Prf>, Symptom::NoCommonAlgorithms,
     set_up_client},
    {"integrity", "no common integrity algorithm for IKE", is_kind_without_common<TransformType::Integrity>,
     Symptom::NoCommonAlgorithms, set_up_client},
    {"additional-key-exchange", "it insists on an additional key exchange, such as ML-KEM, and none is allowed here",
     insists_on_additional_key_exchange, Symptom::NoCommonAlgorithms,
     [](const Facts&) -> Lines {
       return {
           "let the client do without it, or allow it here: policy modern has ML-KEM where OpenSSL is 3.5 or newer "
           "(Debian 13)"};
     }},
    {"combination", "each algorithm is known to both, but none of the client's combinations is allowed here",
     does_only_combination_differ, Symptom::NoCommonAlgorithms, set_up_client},
    {"group-not-repeated", "it was asked for another Diffie-Hellman group of its own offer, and did not come again",
     [](const Facts& facts) { return is_answered_by(facts, NotifyType::InvalidKePayload); }, Symptom::NoAnswer,
     [](const Facts& facts) -> Lines {
       return {
           fmt::format("our answer got lost, or the client is broken there: let it begin with another group than {}",
                       crypto::to_string(facts.attempt.offer.key_exchange))};
     }},
    {"malformed-init", "its first message is not what IKEv2 wants",
     [](const Facts& facts) { return is_answered_by(facts, NotifyType::InvalidSyntax); }, Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"it is no IKEv2 client, or a broken one; look at its messages: agilevpn log --ike"};
     }},
    {"critical-payload", "it insists on an extension that this gateway does not know",
     [](const Facts& facts) { return is_answered_by(facts, NotifyType::UnsupportedCriticalPayload); },
     Symptom::NoAnswer, [](const Facts&) -> Lines { return {"switch that extension off in the client"}; }},
};

}  // namespace

std::span<const Cause> algorithm_causes() { return algorithm_table; }

}  // namespace agilevpn::diagnosis
