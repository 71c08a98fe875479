#include "profiles/gateway_request.h"

#include <fmt/format.h>

#include <algorithm>

namespace agilevpn::profiles {

namespace {

using control::config::GatewayConfig;
using gateway::ConnectionRule;

// With the same code that decides when the user connects. What is not known here of its revocation is asked then.
bool takes(const GatewayConfig& config, const ConnectionRule& rule, const UserCertificate& user, WallTime now) {
  if (!rule.certificate || !config.gateway.certificate) return false;
  std::vector<Bytes> chain{user.certificate.der()};
  for (const auto& each : user.chain) chain.push_back(each.der());
  auto rules = *rule.certificate;
  rules.requires_crl = false;
  return config.credentials.verify(chain, {}, rules, ike::LocalAuth{*config.gateway.certificate}, now).has_value();
}

std::string issuer_name(const GatewayConfig& config, const std::vector<crypto::Certificate>& authorities) {
  if (!config.gateway.certificate || config.gateway.certificate->chain.empty()) return "";
  const auto own = crypto::Certificate::from_der(config.gateway.certificate->chain.front());
  if (!own) return "";
  const auto issuer = std::ranges::find(authorities, own->issuer(), &crypto::Certificate::subject);
  if (issuer == authorities.end()) return "";
  const auto names = issuer->subject_field("CN");
  return names.empty() ? "" : names.front();
}

GatewayProof proof_of(const gateway::Config& gateway) {
  if (!gateway.eap_only) return GatewayProof::Certificate;
  return gateway.certificate ? GatewayProof::CertificateUnlessAsked : GatewayProof::None;
}

}  // namespace

Result<const ConnectionRule*, Error> rule_for(const GatewayConfig& config, const Login& login, WallTime now) {
  const auto& rules = config.gateway.rules;
  const bool is_judged_elsewhere = !config.gateway.radius.empty() && login.kind != LoginKind::Certificate;
  if (!login.certificate || is_judged_elsewhere) return &rules.back();
  const auto first = std::ranges::find_if(
      rules, [&](const ConnectionRule& rule) { return takes(config, rule, *login.certificate, now); });
  if (first != rules.end()) return &*first;
  return Failure{Error{
      fmt::format("the gateway would refuse the certificate {}", login.certificate->certificate.subject()),
      "is its CA among those of [clients] or own-ca, is it revoked or over? agilevpn explain --certificate FILE says"}};
}

Request request_of(const GatewayConfig& config, const ConnectionRule& rule,
                   std::vector<crypto::Certificate> authorities, Login login) {
  const gateway::Config& gateway = config.gateway;
  Request request{.gateway = gateway.name,
                  .identity = gateway.identity.to_string(),
                  .authorities = {},
                  .issuer = issuer_name(config, authorities),
                  .login = std::move(login),
                  .routes = rule.routes,
                  .dns = rule.dns,
                  .domains = rule.domains,
                  .policy = gateway.policy};
  request.authorities = std::move(authorities);
  request.proof = proof_of(gateway);
  request.is_relayed = !gateway.radius.empty();
  request.pfs = gateway.settings.pfs;
  request.mobility = gateway.settings.mobike;
  request.ike_rekey = gateway.settings.ike_rekey;
  request.child_rekey = gateway.settings.child_rekey;
  request.nat_keepalive = gateway.settings.nat_keepalive;
  request.outage = gateway.outage_time;
  return request;
}

}  // namespace agilevpn::profiles
