// Whether a peer's certificates still count, asked of who can find out: it takes time, responders and a disk, so a role
// asks its owner before it answers an AuthenticatePeer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "ike/ask.h"

namespace agilevpn::ike {

// What a refusal of the revocation check means for the peer.
enum class Revocation : std::uint8_t {
  Off,     // Nobody is asked. CRLs that are configured count.
  Soft,    // Who is known to be revoked is refused; who is not known is let in.
  Strict,  // Who is not known to be good is refused.
};
std::optional<Revocation> parse_revocation(std::string_view text);  // "off", "soft", "strict"

struct RevocationAsk {
  AskId id;  // Of the question that waits for this: AuthenticatePeer, or ContinueEap whose TLS showed the certificates.
  wire::Identity peer;
  std::vector<Bytes> certificates;  // As there.
};

struct RevocationAnswer {
  std::string revoked;  // Why the peer is refused, one sentence; empty: nothing says that it is.
  std::string unknown;  // What could not be found out, and why; empty: all is known, and good.
};

// The peers that wait, in either role.
class PendingRevocations {
 public:
  void add(AskId id, AuthenticatePeer peer) { waiting_.insert_or_assign(id, std::move(peer)); }
  // Nothing for an answer that nobody waits for.
  std::optional<AuthenticatePeer> take(AskId id);

 private:
  std::map<AskId, AuthenticatePeer> waiting_;
};

// `reason` as what was found on a certificate: it is revoked, or nobody knows.
crypto::CertificateError fault_of(const RevocationAnswer* answer, std::string reason);
// The certificate rules with the answer taken into account, or why they let nobody in.
Result<crypto::CertificateRules, std::string> rules_after(const crypto::CertificateRules& rules, Revocation mode,
                                                          const RevocationAnswer* answer);

}  // namespace agilevpn::ike
