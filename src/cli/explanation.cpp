#include "cli/explanation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/certificate_file.h"
#include "cli/user_database.h"
#include "cli/verb.h"
#include "control/config/credential_files.h"
#include "control/event_text.h"
#include "crypto/revocation.h"
#include "eap/tls_server.h"
#include "gateway/authorization.h"

namespace agilevpn::cli {

namespace {

using gateway::ConnectionRule;
using nlohmann::json;

json to_json(const gateway::RuleVerdict& verdict) {
  json checks = json::array();
  for (const crypto::CertificateCheck& check : verdict.checks)
    checks.push_back({{"check", to_string(check.fact.check)},
                      {"good", check.is_good},
                      {"certificate", check.fact.certificate},
                      {"expected", check.fact.expected},
                      {"found", check.fact.found}});
  return {{"group", verdict.rule->name},
          {"admits", crypto::first_failed(verdict.checks) == nullptr},
          {"checks", std::move(checks)}};
}

void print_check(bool is_good, std::string_view what, const std::string& said) {
  fmt::print("  {:<5} {:<19} {}\n", is_good ? "ok" : "no", what, control::printable(said));
}

void print(const gateway::RuleVerdict& verdict) {
  fmt::print("{}: {}\n", verdict.rule->title(), crypto::first_failed(verdict.checks) ? "no" : "yes");
  for (const crypto::CertificateCheck& check : verdict.checks) {
    const std::string wanted = check.is_good ? "" : fmt::format(" (expected: {})", check.fact.expected);
    print_check(check.is_good, to_string(check.fact.check), check.fact.found + wanted);
  }
}

std::string routes_of(const gateway::ConnectionRule& rule) {
  std::vector<std::string> routes;
  for (const IpPrefix& route : rule.routes) routes.push_back(route.to_string());
  return fmt::format("{}", fmt::join(routes, ", "));
}

}  // namespace

Result<void, Error> Explanation::run() {
  TRY(read_client());
  TRY(open_users_database());
  if (method_.empty() && !config_.gateway.radius.empty())
    return Failure{
        Error{"a RADIUS server decides who logs in by EAP, and it is not asked here", "its own log says why"}};
  const Rule proved = prove();
  auto rule = proved ? authorize(**proved) : Result<ConnectionRule, std::string>{Failure{proved.error()}};
  if (rule)
    rule_ = *std::move(rule);
  else
    reason_ = std::move(rule).error();
  return {};
}

// As it would stand before the gateway.
Result<void, Error> Explanation::read_client() {
  if (options_.certificate.empty() && options_.user.empty())
    return Failure{Error{"nobody is named", "--certificate FILE, --user NAME, or --psk --user IDENTITY"}};
  if (!options_.certificate.empty()) {
    TRY_ASSIGN(chain_, load_certificate_file(options_.certificate, options_.password));
  }
  for (const auto& certificate : chain_) peer_.certificates.push_back(certificate.der());
  if (!chain_.empty() && !options_.is_eap) method_ = "certificate";
  if (options_.is_psk) method_ = "psk";
  peer_.uses_certificate = !chain_.empty();
  // Inside EAP a certificate's own name counts, whatever was claimed before.
  const bool is_named_by_certificate = !chain_.empty() && (options_.is_eap || options_.user.empty());
  peer_.peer = is_named_by_certificate ? ike::identity_of(chain_.front()) : ike::wire::Identity::parse(options_.user);
  if (options_.from.empty()) return {};
  const auto from = IpAddress::parse(options_.from);
  if (!from) return Failure{Error{fmt::format("'{}' is no IP address", options_.from), {}}};
  peer_.path.peer.address = *from;
  from_ = *from;
  return {};
}

Result<void, Error> Explanation::open_users_database() {
  const auto& directory = config_.host.state_directory;
  if (!std::filesystem::exists(directory / store::database_name)) return {};
  TRY_ASSIGN(auto database, open_users(directory, store::Missing::Refuse));
  users_ = std::make_unique<store::UserDirectory>(std::move(database));
  return {};
}

void Explanation::suppose_revocation() {
  if (!gateway::asks_about_revocation(config_.gateway)) return;
  const auto open = crypto::open_standings(chain_, config_.trust.anchors, config_.trust.crls, wall_now());
  std::vector<std::string> sources;
  for (const crypto::OpenStanding& one : open) {
    if (one.ocsp.empty() && one.crls.empty()) return;
    sources.push_back((one.ocsp.empty() ? one.crls : one.ocsp).front());
  }
  if (sources.empty()) return;
  supposed_.emplace();
  findings_.push_back({true, "revocation",
                       fmt::format("supposed: {} is asked when it connects, and not here", fmt::join(sources, ", "))});
}

Explanation::Rule Explanation::prove() {
  if (!chain_.empty()) suppose_revocation();
  if (!method_.empty()) return prove_in_ike_auth();
  return chain_.empty() ? prove_by_password() : prove_inside_eap();
}

// By certificate or pre-shared key.
Explanation::Rule Explanation::prove_in_ike_auth() {
  const ike::RevocationAnswer* const revocation = supposed_ ? &*supposed_ : nullptr;
  if (peer_.uses_certificate)
    verdicts_ =
        gateway::judge_certificate(config_.gateway, config_.credentials, {peer_.peer, chain_}, wall_now(), revocation);
  const auto admitted = gateway::admit(config_.gateway, config_.credentials, peer_, wall_now(), revocation);
  if (!admitted) return Failure{admitted.error().reason};
  if (options_.is_psk) findings_.push_back({true, "pre-shared key", "there is one for " + peer_.peer.to_string()});
  return admitted->rule;
}

Explanation::Rule Explanation::prove_inside_eap() {
  const auto carries = [](eap::Type type) {
    return type == eap::Type::Tls || type == eap::Type::Peap || type == eap::Type::Ttls;
  };
  const auto& methods = config_.gateway.eap_methods;
  const auto method = std::ranges::find_if(methods, carries);
  if (method == methods.end()) return Failure{std::string{"the gateway offers no EAP method that takes a certificate"}};
  method_ = gateway::method_name(*method);
  const ike::RevocationAnswer* const revocation = supposed_ ? &*supposed_ : nullptr;
  verdicts_ =
      gateway::judge_certificate(config_.gateway, config_.credentials, {peer_.peer, chain_}, wall_now(), revocation);
  const auto rule =
      gateway::admit_user(config_.gateway, config_.credentials, {peer_.peer, chain_}, wall_now(), revocation);
  if (!rule) return Failure{rule.error().reason};
  const std::string name = eap::user_of(chain_.front(), options_.user);
  peer_.peer = ike::wire::Identity::parse(name);
  const auto known = find_user(name);
  if (!known && !known.error().is_unknown) return Failure{known.error().reason};
  if (known) peer_.peer = ike::wire::Identity::parse(known->name);
  return *rule;
}

Explanation::Rule Explanation::prove_by_password() {
  if (config_.gateway.eap_methods.empty()) return Failure{std::string{"the gateway offers no login by EAP"}};
  const auto known = find_user(options_.user);
  if (!known) return Failure{known.error().reason};
  peer_.peer = ike::wire::Identity::parse(known->name);
  auto methods = gateway::offered_methods(config_.gateway, known->methods);
  std::erase(methods, eap::Type::Tls);  // It takes no password.
  if (known->nt_hash.empty() && std::erase(methods, eap::Type::MsChapV2) > 0)
    findings_.push_back({false, "eap-mschapv2", "no password of it is kept that MSCHAPv2 can be checked with"});
  if (methods.empty())
    return Failure{fmt::format("there is no EAP method that {} may use with a password", known->name)};
  method_ = gateway::method_name(methods.front());
  for (const eap::Type method : methods) findings_.push_back({true, gateway::method_name(method), "it may log in so"});
  return &gateway::rule_named(config_.gateway, known->group);
}

gateway::UserAnswer Explanation::find_user(const std::string& name) {
  if (users_) return users_->find(gateway::FindUser{.name = name, .is_guess = false}, wall_now());
  return Failure{gateway::NoUser{.reason = fmt::format("there is no user {}", name), .is_unknown = true}};
}

Result<ConnectionRule, std::string> Explanation::authorize(const ConnectionRule& rule) {
  const gateway::Authorize question{
      .peer = peer_.peer,
      .fingerprint = chain_.empty() ? Bytes{} : to_bytes(chain_.front().sha256_fingerprint()),
      .group = rule.name};
  const auto answer = users_ ? users_->authorize(question, wall_now())
                             : gateway::Authorization{gateway::Authorized{.group = {.name = rule.name}}};
  if (!answer) return Failure{answer.error().reason};
  user_ = answer->user, device_ = answer->device;
  auto whole = gateway::with_group(config_.gateway, rule, answer->group);
  if (!from_ && !whole.from.empty())
    findings_.push_back({true, "from", "it is let in from some networks only: --from ADDRESS asks for one"});
  if (auto objection = gateway::objection_to(method_, from_, whole)) return Failure{std::move(objection->why)};
  return whole;
}

json Explanation::to_json() const {
  json out{{"identity", peer_.peer.to_string()}, {"admitted", is_admitted()}, {"groups", json::array()}};
  out["group"] = rule_ ? json(rule_->name) : json(nullptr);
  out["reason"] = rule_ ? json(nullptr) : json(reason_);
  out["method"] = method_.empty() ? json(nullptr) : json(method_);
  out["user"] = user_.empty() ? json(nullptr) : json(user_);
  out["device"] = device_.empty() ? json(nullptr) : json(device_);
  for (const auto& verdict : verdicts_) out["groups"].push_back(cli::to_json(verdict));
  return out;
}

void Explanation::print() const {
  fmt::print("{}\n", control::printable(peer_.peer.to_string()));
  for (const auto& verdict : verdicts_) cli::print(verdict);
  for (const Finding& finding : findings_) print_check(finding.is_good, finding.what, finding.said);
  if (!user_.empty())
    fmt::print("the user {}{}\n", control::printable(user_),
               device_.empty() ? "" : ", with the device " + control::printable(device_));
  const bool is_said =
      std::ranges::any_of(verdicts_, [](const auto& one) { return crypto::first_failed(one.checks) == nullptr; });
  if (rule_)
    fmt::print("{} lets it in, to {}\n", rule_->title(), routes_of(*rule_));
  else
    fmt::print("refused{}\n", verdicts_.empty() || is_said ? ": " + control::printable(reason_) : "");
}

}  // namespace agilevpn::cli
