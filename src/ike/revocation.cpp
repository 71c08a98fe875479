#include "ike/revocation.h"

#include <utility>

namespace agilevpn::ike {

std::optional<Revocation> parse_revocation(std::string_view text) {
  if (text == "off") return Revocation::Off;
  if (text == "soft") return Revocation::Soft;
  if (text == "strict") return Revocation::Strict;
  return std::nullopt;
}

std::optional<AuthenticatePeer> PendingRevocations::take(AskId id) {
  auto found = waiting_.extract(id);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

crypto::CertificateError fault_of(const RevocationAnswer* answer, std::string reason) {
  using Check = crypto::CertificateError::Check;
  const bool is_revoked = answer && !answer->revoked.empty();
  return {is_revoked ? Check::Revoked : Check::Revocation, "", "a certificate that is not revoked", std::move(reason)};
}

Result<crypto::CertificateRules, std::string> rules_after(const crypto::CertificateRules& rules, Revocation mode,
                                                          const RevocationAnswer* answer) {
  if (mode == Revocation::Off || !answer) return rules;
  if (!answer->revoked.empty()) return Failure{answer->revoked};
  if (mode == Revocation::Strict && !answer->unknown.empty())
    return Failure{answer->unknown + "; revocation = \"strict\" needs to know"};
  crypto::CertificateRules after = rules;
  after.requires_crl =
      false;  // What no CRL of ours says is known from elsewhere, or need not be. Those that we have count.
  return after;
}

}  // namespace agilevpn::ike
