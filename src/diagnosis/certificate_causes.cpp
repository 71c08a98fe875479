// Why no rule let a client's certificate in: one cause for each check.
#include <fmt/format.h>

#include "crypto/certificate.h"
#include "diagnosis/causes.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using Check = crypto::CertificateError::Check;
using gateway::Refusal;

const crypto::CertificateError* fault_of(const Facts& facts) {
  const auto& refused = facts.attempt.refused;
  return refused && refused->certificate ? &*refused->certificate : nullptr;
}

template <Check check>
bool is_about(const Facts& facts) {
  const auto* fault = fault_of(facts);
  return fault && fault->check == check;
}

bool is_about_time(const Facts& facts) {
  return is_about<Check::Validity>(facts) || is_about<Check::NotYetValid>(facts);
}

// Our own certificate would not be valid either: then the calendar is wrong.
bool is_clock_wrong(const Facts& facts) {
  if (!is_about_time(facts) || !facts.config.certificate || facts.config.certificate->chain.empty()) return false;
  const auto own = crypto::Certificate::from_der(facts.config.certificate->chain.front());
  return own && (facts.attempt.at < own->not_before() || facts.attempt.at > own->not_after());
}

bool is_named_by_address(const Facts& facts) {
  if (!is_about<Check::Identity>(facts) || !facts.attempt.auth) return false;
  const auto type = facts.attempt.auth->peer.type;
  return type == ike::wire::IdType::Ipv4Addr || type == ike::wire::IdType::Ipv6Addr;
}

Lines issue_again(const Facts& facts) { return {"issue it a new certificate: " + profile_command(facts)}; }

// "expected: ..."
Lines change_rule(const Facts& facts) {
  return {fmt::format("the rule wants {}", fault_of(facts)->expected),
          "issue a certificate that has it, or change the rule in gateway.toml",
          "try it out: agilevpn explain --certificate FILE"};
}

const Cause certificate_table[] = {
    {"gateway-clock", "the gateway's clock is wrong: its own certificate is not valid now either", is_clock_wrong,
     Symptom::ClientNotBelieved, [](const Facts&) -> Lines { return {"set the clock: timedatectl set-ntp true"}; }},
    {"unknown-ca", "its certificate is of a CA that the gateway does not trust", is_about<Check::UnknownIssuer>,
     Symptom::ClientNotBelieved,
     [](const Facts& facts) -> Lines {
       return {"issue it a certificate of our CA: " + profile_command(facts),
               "or trust that CA: `ca` under [clients] in gateway.toml",
               "if an intermediate CA is missing, the client must send it, or it stands in `ca` too"};
     }},
    {"expired", "its certificate has expired", is_about<Check::Validity>, Symptom::ClientNotBelieved, issue_again},
    {"not-yet-valid", "its certificate is not valid yet", is_about<Check::NotYetValid>, Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {
           "compare the clocks of the gateway and of the CA that issued it: one of them is wrong; or wait until that "
           "day"};
     }},
    {"revoked", "its certificate was revoked", is_about<Check::Revoked>, Symptom::ClientNotBelieved, issue_again},
    {"no-crl", "nobody says whether its certificate is revoked, and `revocation = \"strict\"` wants to know",
     is_about<Check::Revocation>, Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {
           "let this gateway reach whom its certificate names, an OCSP responder or a revocation list: the details say "
           "what failed",
           "or fetch the CA's list and name it under `crl` in gateway.toml",
           "or let in who is not known to be revoked: revocation = \"soft\""};
     }},
    {"same-key", "it shows the gateway's own certificate", is_about<Check::SameKey>, Symptom::ClientNotBelieved,
     [](const Facts& facts) -> Lines {
       return {"each end needs a certificate and key of its own: " + profile_command(facts)};
     }},
    {"weak-key", "a key or a signature in its certificates is too weak", is_about<Check::Strength>,
     Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines { return {"issue one with RSA of 2048 bits or more, or ECDSA, signed with SHA-2"}; }},
    {"broken-chain", "its chain of certificates is broken", is_about<Check::Chain>, Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines { return {"look at every CA in it: agilevpn explain --certificate FILE"}; }},
    {"malformed-certificate", "it sent no certificate that can be read", is_about<Check::Parse>,
     Symptom::ClientNotBelieved, issue_again},
    {"key-usage", "its certificate's key is not for signatures", is_about<Check::KeyUsage>, Symptom::ClientNotBelieved,
     issue_again},
    {"wrong-usage", "its certificate is for something else: its extended key usages do not fit",
     is_about<Check::ExtendedKeyUsage>, Symptom::ClientNotBelieved, change_rule},
    {"name-constraints", "its CA may not issue certificates for that name", is_about<Check::NameConstraints>,
     Symptom::ClientNotBelieved, issue_again},
    {"address-not-in-certificate", "it calls itself by an address that its certificate does not name",
     is_named_by_address, Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines {
       return {
           "set the client's own identity (\"local ID\") to a name in its certificate; without one, clients send their "
           "address"};
     }},
    {"name-mismatch", "it calls itself by a name that its certificate does not have", is_about<Check::Identity>,
     Symptom::ClientNotBelieved,
     [](const Facts& facts) -> Lines {
       return {fmt::format("set the client's own identity (\"local ID\") to one of the certificate's: {}",
                           fault_of(facts)->found),
               "or issue a certificate with the other name as its alternative name"};
     }},
    {"rule-issuer", "its CA is trusted, but no rule wants its certificates", is_about<Check::Issuer>,
     Symptom::ClientNotBelieved, change_rule},
    {"rule-subject", "no rule wants the fields of its certificate's subject", is_about<Check::SubjectField>,
     Symptom::ClientNotBelieved, change_rule},
    {"rule-name", "no rule wants its certificate's alternative names", is_about<Check::AlternativeName>,
     Symptom::ClientNotBelieved, change_rule},
    {"rule-policy", "its certificate lacks a certificate policy that the rule wants", is_about<Check::Policy>,
     Symptom::ClientNotBelieved, change_rule},
    {"no-certificate-rule", "no rule lets certificates in",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::NoCertificateRule); }, Symptom::ClientNotBelieved,
     [](const Facts&) -> Lines { return {"name the CA of the clients under [clients] in gateway.toml"}; }},
};

}  // namespace

std::span<const Cause> certificate_causes() { return certificate_table; }

}  // namespace agilevpn::diagnosis
