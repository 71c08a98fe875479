#include "gateway/admission.h"

#include <fmt/format.h>

#include <algorithm>

namespace agilevpn::gateway {

namespace {

Failure<NotAdmitted> refused(Refusal cause, std::string reason) {
  return Failure{NotAdmitted{std::move(reason), cause, {}}};
}

Result<Admitted, NotAdmitted> admit_by_psk(const Config& config, const ike::AuthenticatePeer& peer) {
  for (const ConnectionRule& rule : config.rules) {
    const auto user = std::ranges::find(rule.psk_users, peer.peer, &PskUser::identity);
    if (user == rule.psk_users.end()) continue;
    return Admitted{grant(config, rule, user->psk->copy(), config.identity, ike::PskAuth{user->psk->copy()}), &rule};
  }
  return refused(Refusal::NoPsk, "no rule has a pre-shared key for " + peer.peer.to_string());
}

Result<Admitted, NotAdmitted> admit_by_certificate(const Config& config, const ike::Credentials& credentials,
                                                   const ike::AuthenticatePeer& peer, WallTime now,
                                                   const ike::RevocationAnswer* revocation) {
  if (!config.certificate)
    return refused(Refusal::NoOwnCertificate, "the peer has a certificate, this gateway has none to answer with");
  auto chain = ike::parse_chain(peer.certificates);
  if (!chain) return Failure{NotAdmitted{chain.error().to_string(), Refusal::Certificate, chain.error()}};
  const ShownCertificates shown{peer.peer, *std::move(chain)};
  TRY_ASSIGN(const ConnectionRule* const rule, admit_user(config, credentials, shown, now, revocation));
  return Admitted{
      grant(config, *rule, shown.chain.front().public_key(), local_identity(config, peer), *config.certificate), rule};
}

}  // namespace

Result<const ConnectionRule*, NotAdmitted> admit_user(const Config& config, const ike::Credentials& credentials,
                                                      const ShownCertificates& shown, WallTime now,
                                                      const ike::RevocationAnswer* revocation) {
  NotAdmitted refusal{.reason = {}, .cause = Refusal::Certificate, .certificate = {}};
  for (const RuleVerdict& verdict : judge_certificate(config, credentials, shown, now, revocation)) {
    const auto* failed = crypto::first_failed(verdict.checks);
    if (!failed) return verdict.rule;
    if (!refusal.certificate) refusal.certificate = failed->fact;
    refusal.reason +=
        fmt::format("{}{}: {}", refusal.reason.empty() ? "" : "; ", verdict.rule->title(), failed->fact.to_string());
  }
  if (refusal.reason.empty()) return refused(Refusal::NoCertificateRule, "no rule lets certificates in");
  return Failure{std::move(refusal)};
}

bool asks_about_revocation(const Config& config) {
  return std::ranges::any_of(config.rules, [](const ConnectionRule& rule) {
    return rule.certificate && rule.revocation != ike::Revocation::Off;
  });
}

ike::wire::Identity local_identity(const Config& config, const ike::AuthenticatePeer& peer) {
  if (!peer.requested_local || *peer.requested_local == config.identity) return config.identity;
  if (!config.certificate || config.certificate->chain.empty()) return config.identity;
  const auto wanted = ike::certificate_name(*peer.requested_local);
  const auto own = crypto::Certificate::from_der(config.certificate->chain.front());
  if (!wanted || !own || std::ranges::count(own->names(), *wanted) == 0) return config.identity;
  return *peer.requested_local;
}

ike::PeerAccepted grant(const Config& config, const ConnectionRule& rule, std::variant<crypto::PublicKey, Secret> key,
                        ike::wire::Identity local, std::optional<ike::LocalAuth> auth) {
  ike::PeerAccepted answer{.key = std::move(key), .peer = {}, .local = std::move(local), .auth = std::move(auth)};
  answer.esp = config.policy.esp;
  for (const IpPrefix& route : rule.routes) answer.ts_local.push_back(TrafficSelector::of(route));
  answer.replaces_older_sessions = config.uniqueness == Uniqueness::Replace;
  return answer;
}

std::vector<RuleVerdict> judge_certificate(const Config& config, const ike::Credentials& credentials,
                                           const ShownCertificates& shown, WallTime now,
                                           const ike::RevocationAnswer* revocation) {
  const ike::LocalAuth own = config.certificate ? *config.certificate : ike::CertificateAuth{};
  std::vector<RuleVerdict> verdicts;
  for (const ConnectionRule& rule : config.rules) {
    if (!rule.certificate) continue;
    const auto rules = ike::rules_after(*rule.certificate, rule.revocation, revocation);
    if (rules)
      verdicts.push_back({&rule, credentials.examine(shown.chain, {shown.peer}, *rules, own, now)});
    else
      verdicts.push_back({&rule, {{ike::fault_of(revocation, rules.error())}}});
  }
  return verdicts;
}

Result<Admitted, NotAdmitted> admit(const Config& config, const ike::Credentials& credentials,
                                    const ike::AuthenticatePeer& peer, WallTime now,
                                    const ike::RevocationAnswer* revocation) {
  if (peer.uses_certificate) return admit_by_certificate(config, credentials, peer, now, revocation);
  return admit_by_psk(config, peer);
}

}  // namespace agilevpn::gateway
