#include "profiles/request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host_name.h"
#include "crypto/certificate_authority.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

bool Request::is_full(Family family) const {
  return std::ranges::any_of(
      routes, [&](const IpPrefix& route) { return route.length == 0 && route.address.family() == family; });
}

std::string Request::file_stem() const { return safe_file_name(login.user); }

Result<void, Error> check(const Request& request) {
  if (request.login.user.empty() || !is_clean(request.login.user)) {
    return Failure{Error{"a profile is for somebody: the user's name is missing or holds control characters", ""}};
  }
  if (!is_host(request.gateway) || !is_clean(request.identity)) {
    return Failure{Error{fmt::format("clients cannot dial '{}'", request.gateway),
                         "'name' in gateway.toml is a domain name or an address"}};
  }
  if (!std::ranges::all_of(request.domains, is_host)) {
    return Failure{Error{"a domain is not one", "see 'domains' in gateway.toml: like corp.example.org"}};
  }
  if (request.uses_certificate() && !request.login.certificate) {
    return Failure{Error{fmt::format("{} has no certificate to log in with", request.login.user),
                         fmt::format("issue one: agilevpn pki issue {}", request.login.user)}};
  }
  return {};
}

bool is_root(const crypto::Certificate& certificate) { return certificate.subject() == certificate.issuer(); }

std::string local_identity(const Request& request) {
  using Kind = crypto::CertificateName::Kind;
  if (!request.uses_certificate() || !request.login.certificate) return request.login.user;
  const auto names = request.login.certificate->certificate.names();
  for (const Kind kind : {Kind::Email, Kind::Dns}) {
    const auto found = std::ranges::find(names, kind, &crypto::CertificateName::kind);
    if (found != names.end()) return found->to_string();
  }
  return request.login.certificate->certificate.subject();
}

Result<Secret, Error> pkcs12(const Request& request) {
  const UserCertificate& own = *request.login.certificate;
  std::vector<crypto::Certificate> others = own.chain;
  others.insert(others.end(), request.authorities.begin(), request.authorities.end());
  constexpr bool compatible = true;
  return crypto::make_pkcs12(own.key, own.certificate, others, own.password, request.login.user, compatible);
}

}  // namespace agilevpn::profiles
