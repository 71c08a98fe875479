// The causes that a client knows why it got no connection, as a table.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "diagnosis/algorithms.h"
#include "diagnosis/attempt.h"
#include "diagnosis/certificate_end.h"
#include "diagnosis/client_attempts.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using Check = crypto::CertificateError::Check;
using Failed = client::ConnectFailed::Cause;
using ike::wire::ExchangeType;
using ike::wire::NotifyType;

struct ClientFacts {
  const ClientAttempt& attempt;
  const client::Profile& profile;
};

struct ClientCause {
  std::string_view key;
  std::string_view title;
  bool (*is_it)(const ClientFacts&);
  Lines (*cures)(const ClientFacts&);
};

template <Failed cause>
bool is_failed(const ClientFacts& facts) {
  return facts.attempt.failed && facts.attempt.failed->cause == cause;
}

const crypto::CertificateError* gateway_fault(const ClientFacts& facts) {
  const auto& failed = facts.attempt.failed;
  return failed && failed->certificate ? &*failed->certificate : nullptr;
}

template <Check check>
bool is_about_gateway(const ClientFacts& facts) {
  const auto* fault = gateway_fault(facts);
  return fault && fault->check == check;
}

bool is_refused_by_gateway(const ClientFacts& facts, NotifyType notify) {
  return std::ranges::any_of(facts.attempt.refusals,
                             [&](const auto& refusal) { return refusal.by_peer && refusal.notify == notify; });
}

bool is_nobody_there(const ClientFacts& facts) {
  return facts.attempt.ike_sa && !facts.attempt.was_answered && facts.attempt.refusals.empty();
}

bool is_auth_unanswered(const ClientFacts& facts) {
  return facts.attempt.was_answered && facts.attempt.closed &&
         facts.attempt.closed->reason == ike::IkeSaClosed::Reason::NoAnswer;
}

template <class Auth>
bool is_login_refused(const ClientFacts& facts) {
  return is_refused_by_gateway(facts, NotifyType::AuthenticationFailed) &&
         std::holds_alternative<Auth>(facts.profile.auth);
}

// EAP says no by EAP-Failure, without a notify.
bool is_eap_refused(const ClientFacts& facts) {
  const auto& closed = facts.attempt.closed;
  return std::holds_alternative<ike::EapAuth>(facts.profile.auth) && closed &&
         closed->reason == ike::IkeSaClosed::Reason::AuthenticationFailed;
}

// Whoever sees an expired certificate refuses it, and does not say why.
bool is_own_certificate_over(const ClientFacts& facts) {
  const auto own = own_certificate(facts.profile);
  return facts.attempt.step() == Step::Identities && !gateway_fault(facts) && own && !is_valid(*own, facts.attempt.at);
}

bool is_tunnel_refused(const ClientFacts& facts, NotifyType notify) {
  return facts.attempt.is_established && is_refused_by_gateway(facts, notify);
}

std::string gateway_says(const ClientFacts& facts) {
  return fmt::format("on the gateway, `agilevpn why {}` says which check failed", facts.profile.local.to_string());
}

Lines its_certificate(const ClientFacts& facts) {
  return {fmt::format("expected {}", gateway_fault(facts)->expected),
          "if you did not change anything, ask who runs the gateway before you trust another one"};
}

const ClientCause client_table[] = {
    {"own-certificate-expired", "our own certificate was not valid at that time", is_own_certificate_over,
     [](const ClientFacts& facts) -> Lines {
       const auto warning = certificate_warning(*own_certificate(facts.profile), facts.attempt.at);
       return {warning ? *warning : "it counts later only: look at this computer's clock",
               "ask who runs the gateway for a new one (there: agilevpn pki renew NAME)"};
     }},
    {"not-resolved", "the gateway's name has no address", is_failed<Failed::NotResolved>,
     [](const ClientFacts& facts) -> Lines {
       return {fmt::format("is the computer online? Is `gateway = \"{}\"` spelled right?", facts.profile.gateway)};
     }},
    {"no-answer", "the gateway does not answer", is_nobody_there,
     [](const ClientFacts&) -> Lines {
       return {"the network in between may block UDP 500 and 4500 (hotels, guest networks): try another one",
               "or the gateway is down, or its address is another by now"};
     }},
    {"auth-unanswered", "the gateway answered first, and not any more when it came to identities", is_auth_unanswered,
     [](const ClientFacts&) -> Lines {
       return {"large packets may get lost on the way: set a smaller fragment-size (at least 576) in the connection",
               "on the gateway, `agilevpn why` says whether they arrived"};
     }},
    {"algorithms", "the gateway takes none of our algorithms",
     [](const ClientFacts& facts) {
       return is_refused_by_gateway(facts, NotifyType::NoProposalChosen) && !facts.attempt.is_established;
     },
     [](const ClientFacts&) -> Lines {
       return {"allow what the gateway has: policy = \"compatible\", or `ike` in the connection",
               "is it a Windows Server as it was installed? It has MODP-1024 alone: better have its administrator set "
               "one suite "
               "(Set-VpnServerConfiguration -CustomPolicy with AES256, SHA256, Group14) than weaken us: policy = "
               "\"legacy-windows\""};
     }},
    {"unknown-ca", "the gateway's certificate is of a CA that we do not trust", is_about_gateway<Check::UnknownIssuer>,
     [](const ClientFacts&) -> Lines {
       return {"is this the right gateway? If not, correct `gateway` in the connection",
               "if it is, ask who runs it for the file of its CA (there: agilevpn pki show), and name that file as "
               "`ca` in the connection"};
     }},
    {"expired", "the gateway's certificate has expired", is_about_gateway<Check::Validity>,
     [](const ClientFacts&) -> Lines {
       return {"look at this computer's clock; if it is right, the gateway needs a new certificate"};
     }},
    {"not-yet-valid", "the gateway's certificate is not valid yet: this computer's clock may be wrong",
     is_about_gateway<Check::NotYetValid>,
     [](const ClientFacts&) -> Lines { return {"set the clock: timedatectl set-ntp true"}; }},
    {"revoked", "the gateway's certificate was revoked", is_about_gateway<Check::Revoked>, its_certificate},
    {"no-crl", "there is no fresh revocation list, and `crl-required` wants one", is_about_gateway<Check::Revocation>,
     [](const ClientFacts&) -> Lines {
       return {"fetch the CA's list and name it under `crl`, or set crl-required = false"};
     }},
    {"same-key", "the gateway shows our own certificate", is_about_gateway<Check::SameKey>,
     [](const ClientFacts&) -> Lines {
       return {"each end needs a certificate and key of its own: agilevpn pki issue NAME"};
     }},
    {"wrong-usage", "the gateway's certificate is not for gateways: it may be a client's",
     is_about_gateway<Check::ExtendedKeyUsage>, its_certificate},
    {"login-server-name",
     "the server that asks for our login (the gateway, or a RADIUS server behind it) has another name than we expect",
     [](const ClientFacts& facts) {
       return is_about_gateway<Check::Identity>(facts) && facts.attempt.failed->is_inside_eap;
     },
     [](const ClientFacts& facts) -> Lines {
       return {fmt::format("{}, and {}", gateway_fault(facts)->expected, gateway_fault(facts)->found),
               "set `login-server` in the connection to one of these, if it is the right server"};
     }},
    {"name-mismatch", "the gateway's certificate does not have the name that we expect",
     is_about_gateway<Check::Identity>,
     [](const ClientFacts& facts) -> Lines {
       return {fmt::format("we expect {}, and {}", facts.profile.expected_gateway().to_string(),
                           gateway_fault(facts)->found),
               "set `gateway-id` in the connection to one of these, if it is the right gateway"};
     }},
    {"gateway-certificate", "the gateway's certificate does not stand our checks",
     [](const ClientFacts& facts) { return gateway_fault(facts) != nullptr; }, its_certificate},
    {"gateway-identity", "the gateway proves itself otherwise than we expect", is_failed<Failed::Gateway>,
     [](const ClientFacts&) -> Lines {
       return {"use what the gateway uses, certificate or psk, and its name in `gateway-id`"};
     }},
    {"wrong-password", "the user name or password is wrong", is_failed<Failed::Password>,
     [](const ClientFacts& facts) -> Lines {
       return {"correct it in client.toml, or in the file that it names; then: sudo systemctl reload agilevpn-client",
               gateway_says(facts)};
     }},
    {"eap-refused", "the gateway refused our login", is_eap_refused,
     [](const ClientFacts& facts) -> Lines {
       return {"its user may be unknown, disabled or expired, or another EAP method is wanted (`methods`)",
               gateway_says(facts)};
     }},
    {"psk-refused", "the gateway refused our pre-shared key, or does not know us", is_login_refused<ike::PskAuth>,
     [](const ClientFacts& facts) -> Lines {
       return {fmt::format("the key and `id` ({}) must be as the gateway has them", facts.profile.local.to_string()),
               gateway_says(facts)};
     }},
    {"certificate-refused", "the gateway refused our certificate", is_login_refused<ike::CertificateAuth>,
     [](const ClientFacts& facts) -> Lines {
       return {"it may have expired, be revoked, or be of another CA", gateway_says(facts)};
     }},
    {"esp-algorithms", "the gateway takes none of our algorithms for packets (ESP)",
     [](const ClientFacts& facts) { return is_tunnel_refused(facts, NotifyType::NoProposalChosen); },
     [](const ClientFacts&) -> Lines { return {"allow one of its own under `esp` in the connection"}; }},
    {"routes", "the gateway leads to none of our `routes`",
     [](const ClientFacts& facts) { return is_tunnel_refused(facts, NotifyType::TsUnacceptable); },
     [](const ClientFacts&) -> Lines {
       return {"leave `routes` out of the connection: then we take what the gateway has"};
     }},
    {"no-address", "the gateway has no inner address for us",
     [](const ClientFacts& facts) { return is_about_address(facts.attempt.refusals); },
     [](const ClientFacts& facts) -> Lines {
       const bool goes_on = facts.attempt.failed && facts.attempt.failed->retry_in;
       return {goes_on ? "its pool may be used up; we try again by ourselves"
                       : fmt::format("its pool may be used up; when it is mended: agilevpn up {}", facts.profile.name),
               gateway_says(facts)};
     }},
    {"refused", "the gateway refused, or made no sense", [](const ClientFacts&) { return true; },
     [](const ClientFacts& facts) -> Lines {
       return {"look at the messages: agilevpn log --ike", gateway_says(facts)};
     }},
};

std::string detail_of(const ClientAttempt& attempt) {
  if (attempt.failed) return attempt.failed->reason;
  return attempt.closed ? attempt.closed->detail : "nothing came back";
}

}  // namespace

Diagnosis explain(const ClientAttempt& attempt, const client::Profile& profile) {
  const ClientFacts facts{attempt, profile};
  Diagnosis out{.at = attempt.at,
                .who = profile.local.to_string(),
                .address = attempt.address,
                .client = profile.name,
                .step = attempt.step(),
                .detail = detail_of(attempt)};
  if (out.address.empty()) out.address = profile.gateway;
  const auto cause = std::ranges::find_if(client_table, [&](const ClientCause& one) { return one.is_it(facts); });
  out.explanations.push_back({std::string{cause->key}, std::string{cause->title}, cause->cures(facts)});
  if (out.step == Step::Algorithms) out.offered = by_kind(profile.policy.ike);
  if (cause->key == "esp-algorithms") out.offered = by_kind(profile.policy.esp);
  return out;
}

}  // namespace agilevpn::diagnosis
