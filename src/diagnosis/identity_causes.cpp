// Why IKE_AUTH failed, apart from certificates of clients (certificate_causes.cpp) and logins (login_causes.cpp).
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "crypto/certificate.h"
#include "diagnosis/causes.h"
#include "ike/credentials.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using gateway::Refusal;
using ike::AuthFault;
using ike::wire::NotifyType;
using Way = ike::AuthRequested::Way;

template <AuthFault fault>
bool has_fault(const Facts& facts) {
  return std::ranges::any_of(facts.attempt.refusals,
                             [](const auto& refusal) { return !refusal.by_peer && refusal.auth_fault == fault; });
}

bool is_own_name(const gateway::Config& config, const ike::wire::Identity& wanted) {
  if (wanted == config.identity) return true;
  if (!config.certificate || config.certificate->chain.empty()) return false;
  const auto name = ike::certificate_name(wanted);
  const auto own = crypto::Certificate::from_der(config.certificate->chain.front());
  return name && own && std::ranges::count(own->names(), *name) > 0;
}

// The client went away, or complained, when it had seen whom we prove to be. One that went on to its login and failed
// there believed us: strongSwan's say AUTHENTICATION_FAILED of a wrong password, too.
bool does_not_believe_us(const Facts& facts) {
  const auto& refused = facts.attempt.refused;
  if (refused && refused->cause != Refusal::Other) return refused->cause == Refusal::LeftAtOnce;
  return facts.attempt.refusal(NotifyType::AuthenticationFailed, true) != nullptr;
}

bool wants_another_gateway(const Facts& facts) {
  const auto& auth = facts.attempt.auth;
  return does_not_believe_us(facts) && auth && auth->requested_local &&
         !is_own_name(facts.config, *auth->requested_local);
}

// Of our own certificate, for those who may not be pleased with it; nothing without one.
std::optional<crypto::Certificate> own_certificate(const gateway::Config& config) {
  if (!config.certificate || config.certificate->chain.empty()) return std::nullopt;
  auto own = crypto::Certificate::from_der(config.certificate->chain.front());
  return own ? std::optional{*std::move(own)} : std::nullopt;
}

bool is_ours_outside_its_time(const Facts& facts) {
  const auto own = own_certificate(facts.config);
  return does_not_believe_us(facts) && own &&
         (facts.attempt.at < own->not_before() || facts.attempt.at > own->not_after());
}

bool is_ours_no_gateways(const Facts& facts) {
  const auto own = own_certificate(facts.config);
  if (!does_not_believe_us(facts) || !own) return false;
  const auto usages = own->extended_key_usages();
  return !usages.empty() && std::ranges::find(usages, "serverAuth") == usages.end();
}

// It asked to do without the certificate, as strongSwan's clients always do, and was shown none (RFC 5998).
bool saw_no_certificate(const Facts& facts) {
  const auto& auth = facts.attempt.auth;
  return does_not_believe_us(facts) && facts.config.eap_only && auth && auth->way == Way::Eap &&
         std::ranges::count(auth->notifies, NotifyType::EapOnlyAuthentication) > 0;
}

bool saw_certificate(const Facts& facts) { return does_not_believe_us(facts) && !saw_no_certificate(facts); }

Lines cure_eap_only(const Facts& facts) {
  return {
      "take eap-only = true out of gateway.toml: it shuts out clients that want the gateway's certificate and yet ask "
      "to do "
      "without, as all of strongSwan's do",
      "or let strongSwan believe the method alone: remote.auth = eap-tls or eap-ttls in swanctl.conf; its app and "
      "NetworkManager cannot",
      "or let it log in by certificate, without EAP: " + profile_command(facts) + " --login certificate"};
}

Lines cure_disbelief(const Facts& facts) {
  Lines cures{"give the client the CA of the gateway's certificate" +
              std::string{is_windows(facts.kind) ? ", in the computer's store of trusted roots, not the user's" : ""} +
              ": " + profile_command(facts)};
  cures.push_back(fmt::format("or the name it was told is not in the certificate: it must be {}", facts.config.name));
  cures.emplace_back("see what each system wants of the certificate: agilevpn doctor cert");
  return cures;
}

// One of a shell, and no option: strangers call themselves what they like.
bool is_word(std::string_view text) {
  const auto is_plain = [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet >= 0x80 || std::isalnum(octet) || std::string_view{"-_.@+"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, is_plain);
}

const Cause identity_table[] = {
    {"ticket-refused", "the ticket that it would resume its session by does not count any more, which is no failure",
     [](const Facts& facts) { return facts.attempt.has_refused_ticket(); }, Symptom::Nothing,
     [](const Facts&) -> Lines { return {"nothing is to be done: its client logs in anew by itself"}; }},
    {"wrong-psk", "the pre-shared keys differ",
     [](const Facts& facts) {
       return has_fault<AuthFault::WrongSharedKey>(facts) && facts.attempt.auth &&
              facts.attempt.auth->way == Way::SharedKey;
     },
     Symptom::ClientNotBelieved,
     [](const Facts& facts) -> Lines {
       return {fmt::format("type the same key at both ends; here it stands under [psk] \"{}\" in gateway.toml",
                           facts.attempt.who)};
     }},
    {"eap-key", "the key that its EAP method made is not ours",
     [](const Facts& facts) {
       return has_fault<AuthFault::WrongSharedKey>(facts) && facts.attempt.auth && facts.attempt.auth->way == Way::Eap;
     },
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {"if a RADIUS server decides: it must send MS-MPPE-Recv-Key and MS-MPPE-Send-Key",
               "else the client's EAP is broken"};
     }},
    {"unknown-psk-identity", "nobody has this identity and a pre-shared key", is_refused<Refusal::NoPsk>,
     Symptom::ClientNotBelieved,
     [](const Facts& facts) -> Lines {
       return {fmt::format("add it under [psk] in gateway.toml: \"{}\" = \"...\"", facts.attempt.who),
               "or correct the client's own identity (\"local ID\", \"IPsec identifier\")"};
     }},
    {"sha1-signature", "it signs with RSA and SHA-1, which is broken and refused", has_fault<AuthFault::BrokenHash>,
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {"give it a certificate with an ECDSA key (P-256), which is never signed with SHA-1",
               "or, if it can do no better: policy = \"compatible\" in gateway.toml"};
     }},
    {"own-key-unusable", "our own key can sign nothing that the client and the policy take",
     has_fault<AuthFault::NoAlgorithm>, Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {
           "give the gateway a certificate with an ECDSA key (P-256): Windows takes RSA only with SHA-1, which the "
           "policy refuses",
           "or policy = \"compatible\" in gateway.toml"};
     }},
    {"signature-algorithm", "it signs with an algorithm that this gateway does not take",
     has_fault<AuthFault::UnknownAlgorithm>, Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines { return {"use an RSA, ECDSA or Ed25519 key, and SHA-2"}; }},
    {"wrong-signature", "its signature is not of the key in its certificate", has_fault<AuthFault::WrongSignature>,
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {"the client's key and certificate do not belong together: import the .p12 again"};
     }},
    {"auth-method", "it proves itself in another way than expected", has_fault<AuthFault::WrongMethod>,
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {"choose certificate, pre-shared key or user name in the client as the gateway has it"};
     }},
    {"no-eap", "it wants to log in by user name (EAP), and this gateway has no users", is_refused<Refusal::NoEap>,
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {"let the client use its certificate (\"machine certificates\" in Windows)",
               "or let users log in: add [users] or [radius] to gateway.toml"};
     }},
    {"no-own-certificate",
     "this gateway has no certificate, and passwords and certificates need one that proves the gateway first",
     is_refused<Refusal::NoOwnCertificate>, Symptom::GatewayNotBelieved,
     [](const Facts&) -> Lines {
       return {"add [certificate] own-ca = true to gateway.toml: agilevpn setup NAME makes it"};
     }},
    {"wrong-idr", "it wants to reach a gateway of another name", wants_another_gateway, Symptom::GatewayNotBelieved,
     [](const Facts& facts) -> Lines {
       return {fmt::format("it wants {}: set the client's \"remote ID\" or server name to {}",
                           facts.attempt.auth->requested_local->to_string(), facts.config.name),
               "or add that name to the gateway's certificate"};
     }},
    {"own-certificate-expired", "the gateway's own certificate is not valid now", is_ours_outside_its_time,
     Symptom::GatewayNotBelieved,
     [](const Facts& facts) -> Lines {
       return {"look at the gateway's clock: date",
               fmt::format("issue a new certificate: agilevpn pki issue {} --gateway", facts.config.name)};
     }},
    {"own-certificate-usage", "the gateway's own certificate is not for gateways", is_ours_no_gateways,
     Symptom::GatewayNotBelieved,
     [](const Facts& facts) -> Lines {
       return {fmt::format("it lacks the extended key usage serverAuth: agilevpn pki issue {} --gateway",
                           facts.config.name)};
     }},
    {"eap-only", "it wants the gateway's certificate, and `eap-only` showed it none", saw_no_certificate,
     Symptom::GatewayNotBelieved, cure_eap_only},
    {"gateway-not-believed", "it went away when it saw the gateway's certificate", saw_certificate,
     Symptom::GatewayNotBelieved, cure_disbelief},
    {"nat-forbidden", "there is a NAT in between, which `prohibit-nat` forbids",
     [](const Facts& facts) { return facts.attempt.refusal(NotifyType::UnexpectedNatDetected, false) != nullptr; },
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines { return {"set prohibit-nat = false under [settings] in gateway.toml"}; }},
    {"malformed-auth", "its IKE_AUTH is not what IKEv2 wants",
     [](const Facts& facts) {
       const auto* refusal = facts.attempt.refusal(NotifyType::InvalidSyntax, false);
       return refusal && refusal->exchange == ike::wire::ExchangeType::IkeAuth;
     },
     Symptom::ClientNotBelieved, [](const Facts&) -> Lines { return {"look at its messages: agilevpn log --ike"}; }},
};

}  // namespace

std::span<const Cause> identity_causes() { return identity_table; }

bool is_refused_by(const Facts& facts, Refusal cause) {
  return facts.attempt.refused && facts.attempt.refused->cause == cause;
}

const gateway::GroupFault& group_fault(const Facts& facts) { return *facts.attempt.refused->group_fault; }

Named named(const Facts& facts) {
  const auto& refused = facts.attempt.refused;
  std::string_view whole = refused && !refused->who.empty() ? refused->who : facts.attempt.who;
  whole.remove_prefix(whole.find_last_of('\\') + 1);  // "CORP\anna"; all of it, if there is none.
  const auto slash = whole.find('/');
  std::string_view user = whole.substr(0, slash);
  if (IpAddress::parse(user)) user = {};  // Windows says its own address, whoever sits there.
  const std::string_view device = slash == std::string_view::npos ? "" : whole.substr(slash + 1);
  return {std::string{is_word(user) ? user : "NAME"},
          std::string{is_word(device) || device.empty() ? device : "DEVICE"}};
}

std::string profile_command(const Facts& facts) {
  constexpr auto device = [](PeerKind kind) -> std::string_view {
    switch (kind) {
      case PeerKind::Windows7: return "windows7";
      case PeerKind::Windows8:
      case PeerKind::Windows:
      case PeerKind::WindowsServer: return "windows";
      case PeerKind::Ios:
      case PeerKind::Apple: return "apple";
      case PeerKind::Android11:
      case PeerKind::Android: return "android";
      case PeerKind::StrongSwan:
      case PeerKind::StrongSwan6: return "strongswan";
      case PeerKind::AgileVpn: return "linux";
      case PeerKind::Unknown: break;
    }
    return "all";
  };
  const auto [user, own_device] = named(facts);
  return fmt::format("agilevpn profile {}{}{} --for {} --out .", user, own_device.empty() ? "" : "/", own_device,
                     device(facts.kind));
}

}  // namespace agilevpn::diagnosis
