// Whom the gateway lets in: the connection rules, tried in their order. Decides on one peer at a time and remembers
// nothing.
#pragma once

#include "gateway/config.h"
#include "gateway/refusal.h"
#include "ike/credentials.h"

namespace agilevpn::gateway {

struct Admitted {
  ike::PeerAccepted answer;
  const ConnectionRule* rule = nullptr;
};

// The reason names every rule that was tried and the check that failed: it is for the operator, the peer hears
// AUTHENTICATION_FAILED only.
struct NotAdmitted {
  std::string reason;
  Refusal cause{};
  std::optional<crypto::CertificateError> certificate;  // What the first rule for certificates found.
};

Result<Admitted, NotAdmitted> admit(const Config& config, const ike::Credentials& credentials,
                                    const ike::AuthenticatePeer& peer, WallTime now,
                                    const ike::RevocationAnswer* revocation = nullptr);

// What a peer shows, in IKE_AUTH or in the TLS of an EAP method.
struct ShownCertificates {
  ike::wire::Identity peer;                // Whom its own certificate must name.
  std::vector<crypto::Certificate> chain;  // Its own first; one at least.
};

// The same for who shows certificates. In the TLS of an EAP method, whom it logs in as comes after.
Result<const ConnectionRule*, NotAdmitted> admit_user(const Config& config, const ike::Credentials& credentials,
                                                      const ShownCertificates& shown, WallTime now,
                                                      const ike::RevocationAnswer* revocation);
// Whether any rule wants to know if certificates are revoked.
bool asks_about_revocation(const Config& config);

// What every rule for certificates finds on this peer's, in their order: the first with nothing amiss lets it in.
struct RuleVerdict {
  const ConnectionRule* rule = nullptr;
  std::vector<crypto::CertificateCheck> checks;
};
std::vector<RuleVerdict> judge_certificate(const Config& config, const ike::Credentials& credentials,
                                           const ShownCertificates& shown, WallTime now,
                                           const ike::RevocationAnswer* revocation = nullptr);

// Whom the peer asked for, if our certificate has that name too (a gateway is known by names and addresses); else whom
// the configuration says we are. "The responder might use some other IDr to finish the exchange" (RFC 7296 §1.2).
ike::wire::Identity local_identity(const Config& config, const ike::AuthenticatePeer& peer);

// What a rule gives to a peer that is let in.
ike::PeerAccepted grant(const Config& config, const ConnectionRule& rule, std::variant<crypto::PublicKey, Secret> key,
                        ike::wire::Identity local, std::optional<ike::LocalAuth> auth);

}  // namespace agilevpn::gateway
