// Why a client that proved who it is got no tunnel, or did not keep it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "diagnosis/algorithms.h"
#include "diagnosis/causes.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using gateway::Refusal;
using ike::wire::NotifyType;
using ike::wire::TransformType;

bool lacks_esp(const Facts& facts) {
  return facts.attempt.auth && facts.attempt.refusal(NotifyType::NoProposalChosen, false);
}

template <TransformType type>
bool is_esp_without_common(const Facts& facts) {
  if (!lacks_esp(facts)) return false;
  const auto without = kinds_without_common(facts.attempt.auth->esp, facts.config.policy.esp);
  return std::ranges::find(without, type) != without.end();
}

bool is_esp_combination(const Facts& facts) {
  return lacks_esp(facts) && !is_esp_without_common<TransformType::Encryption>(facts) &&
         !is_esp_without_common<TransformType::Integrity>(facts);
}

template <std::uint32_t error>
bool says(const Facts& facts) {
  return facts.attempt.windows_error() == error;
}

Lines cure_esp(const Facts& facts) {
  if (facts.kind == PeerKind::Windows7)
    return {
        "policy = \"compatible\" in gateway.toml: Windows 7 has nothing better than AES with HMAC-SHA1 for packets"};
  Lines cures{"send it a profile, which sets the right algorithms: " + profile_command(facts)};
  if (is_windows(facts.kind))
    cures.emplace_back(
        "or policy = \"compatible\" in gateway.toml: Windows left as it is has nothing better than AES with HMAC-SHA1 "
        "for packets");
  else
    cures.emplace_back("or allow one of its own under `esp` in gateway.toml");
  return cures;
}

Lines cure_pools(const Facts& facts) {
  Lines cures;
  if (const auto& fault = facts.attempt.refused->group_fault) {
    const auto there = gateway::pool_names(facts.config);
    cures.push_back(fmt::format("group {} names a pool that there is not: {}; there are: {}", fault->group,
                                fmt::join(fault->pools, ", "), fmt::join(there, ", ")));
    cures.emplace_back(
        "if gateway.toml has it by now: sudo systemctl restart agilevpn-gateway, for a reload takes no new pools");
    cures.push_back(fmt::format("or agilevpn group set {} --pools {}", fault->group,
                                there.empty() ? "none" : fmt::format("{}", fmt::join(there, ","))));
  }
  cures.emplace_back("add ipv4 or ipv6 under [pool] in gateway.toml; most clients want IPv4");
  return cures;
}

const Cause tunnel_table[] = {
    {"pool-exhausted", "every address of the pool is in use",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::PoolExhausted); }, Symptom::NoTunnel,
     [](const Facts&) -> Lines {
       return {"a larger prefix for that pool in gateway.toml, then: sudo systemctl restart agilevpn-gateway",
               "agilevpn status shows who holds addresses"};
     }},
    {"radius-address", "the address that the RADIUS server grants cannot be given",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::AddressNotFree); }, Symptom::NoTunnel,
     [](const Facts&) -> Lines {
       return {
           "one address for each user in what the server grants (Framed-IP-Address, Framed-IPv6-Address), and none of "
           "the gateway's own",
           "agilevpn status shows who has it now"};
     }},
    {"store-trouble", "the gateway cannot read or write what it keeps of users and addresses",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::StoreTrouble); }, Symptom::NoTunnel,
     [](const Facts&) -> Lines {
       return {"look for a full disk: df -h; the details name the file",
               "if it is locked: end the program that holds it open, and the next login works again"};
     }},
    {"too-many-devices", "all the devices that this user may have at a time are connected",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::TooManyDevices); }, Symptom::NotAllowed,
     [](const Facts& facts) -> Lines {
       return {"disconnect another one: agilevpn status, agilevpn down ID",
               facts.attempt.refused->who.empty()
                   ? "or allow more: `devices` of its group in gateway.toml"
                   : fmt::format("or allow more: agilevpn user set {} --devices N", named(facts).user)};
     }},
    {"no-pool-of-family", "it wants an inner address of a family that its rule has no pool for",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::NoPoolOfFamily); }, Symptom::NoTunnel, cure_pools},
    {"esp-encryption", "no common encryption for packets (ESP)", is_esp_without_common<TransformType::Encryption>,
     Symptom::NoTunnel, cure_esp},
    {"esp-integrity", "no common integrity algorithm for packets (ESP)",
     is_esp_without_common<TransformType::Integrity>, Symptom::NoTunnel, cure_esp},
    {"esp-combination", "none of its combinations for packets (ESP) is allowed here", is_esp_combination,
     Symptom::NoTunnel, cure_esp},
    {"traffic-selectors", "it wants to reach networks that its rule does not have",
     [](const Facts& facts) { return facts.attempt.refusal(NotifyType::TsUnacceptable, false) != nullptr; },
     Symptom::NoTunnel,
     [](const Facts&) -> Lines {
       return {"ask for everything on the client, which takes what it is given",
               "or add the network to `routes` in gateway.toml"};
     }},
    {"transport-mode", "it wants transport mode, as for L2TP, and a VPN for clients has tunnel mode only",
     [](const Facts& facts) { return facts.attempt.refusal(NotifyType::UseTransportMode, false) != nullptr; },
     Symptom::NoTunnel,
     [](const Facts&) -> Lines { return {"set the client's VPN type to IKEv2 with tunnel mode, not L2TP/IPsec"}; }},
    {"rekey-behind-nat", "behind a NAT, Windows does not let the gateway rekey", says<13863>, Symptom::RekeyRefused,
     [](const Facts&) -> Lines {
       return {"leave rekeying to the client: child-rekey = \"never\" under [settings] in gateway.toml"};
     }},
    {"rekey-key-exchange", "it takes no key exchange in the rekey of a Child SA", says<13816>, Symptom::RekeyRefused,
     [](const Facts&) -> Lines {
       return {"set pfs = false or child-rekey = \"never\" under [settings] in gateway.toml"};
     }},
    {"windows-error", "the client says that it failed, with an error number of Windows",
     [](const Facts& facts) {
       const auto error = facts.attempt.windows_error();
       return error && error != 13863u && error != 13816u;
     },
     Symptom::Nothing, [](const Facts&) -> Lines { return {"docs/troubleshooting.md has the numbers"}; }},
};

}  // namespace

std::span<const Cause> tunnel_causes() { return tunnel_table; }

}  // namespace agilevpn::diagnosis
