#include "diagnosis/certificate_end.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/calendar.h"
#include "crypto/certificate.h"
#include "diagnosis/limits.h"

namespace agilevpn::diagnosis {

namespace {

std::vector<crypto::Certificate> chain_of(const ike::CertificateAuth& auth) {
  std::vector<crypto::Certificate> chain;
  for (const Bytes& der : auth.chain)
    if (auto certificate = crypto::Certificate::from_der(der)) chain.push_back(*std::move(certificate));
  return chain;
}

}  // namespace

std::optional<std::string> certificate_warning(const ike::CertificateAuth& auth, WallTime now) {
  const auto chain = chain_of(auth);
  const auto first = std::ranges::min_element(chain, {}, &crypto::Certificate::not_after);
  if (first == chain.end() || first->not_after() > now + limits::certificate_notice) return std::nullopt;
  const std::string day = crypto::to_date(first->not_after());
  if (first->not_after() <= now)
    return fmt::format("the certificate {} ended on {}: nobody believes it any more; renew it", first->subject(), day);
  const auto days = std::chrono::floor<std::chrono::days>(first->not_after() - now).count();
  return fmt::format("the certificate {} ends on {}, in {} days: renew it", first->subject(), day, days);
}

std::optional<ike::CertificateAuth> own_certificate(const client::Profile& profile) {
  if (const auto* own = std::get_if<ike::CertificateAuth>(&profile.auth)) return *own;
  return profile.eap ? profile.eap->certificate : std::nullopt;
}

bool is_valid(const ike::CertificateAuth& auth, WallTime now) {
  return std::ranges::all_of(chain_of(auth),
                             [&](const auto& one) { return one.not_before() <= now && now < one.not_after(); });
}

}  // namespace agilevpn::diagnosis
