#include "crypto/certificate_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/x509v3.h>

#include <array>

#include "crypto/certificate_name.h"
#include "crypto/distinguished_name.h"
#include "crypto/extended_key_usage.h"

namespace agilevpn::crypto {

namespace {

using Check = CertificateError::Check;
using Checked = Result<void, CertificateError>;

Failure<CertificateError> refuse(Check check, const Certificate& certificate, std::string expected, std::string found) {
  return Failure{CertificateError{check, certificate.subject(), std::move(expected), std::move(found)}};
}

std::string list_of(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// OpenSSL marks a certificate whose extensions it cannot read, and would then say that there are none.
Checked check_readable(const Certificate& certificate) {
  if ((X509_get_extension_flags(Native::borrow(certificate)) & EXFLAG_INVALID) == 0) return {};
  return refuse(Check::Parse, certificate, "well-formed extensions", "an extension is malformed or stands there twice");
}

// RFC 4945 §5.1.3.2: "If KU present and doesn't mention digitalSignature or nonRepudiation [...] reject cert."
Checked check_key_usage(const Certificate& certificate) {
  const std::uint32_t usage = X509_get_key_usage(Native::borrow(certificate));  // All ones if there is none.
  if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0) return {};
  return refuse(Check::KeyUsage, certificate, "digitalSignature or nonRepudiation",
                "its key usage allows neither of them");
}

// A certificate without extended key usages is for everything. Otherwise the usage must fit the role, so that a
// client's certificate of the same CA cannot act as the gateway.
Checked check_purpose(const Certificate& certificate, CertificateRules::Purpose purpose,
                      const std::vector<std::string>& usages) {
  const bool is_gateway = purpose == CertificateRules::Purpose::Gateway;
  const std::array fitting = {is_gateway ? "serverAuth" : "clientAuth", "ipsecIKE", "iKEIntermediate",
                              "anyExtendedKeyUsage"};
  const auto fits = [&](std::string_view usage) { return contains(usages, usage); };
  const bool has_usages = (X509_get_extension_flags(Native::borrow(certificate)) & EXFLAG_XKUSAGE) != 0;
  if (!has_usages || std::ranges::any_of(fitting, fits)) return {};
  return refuse(Check::ExtendedKeyUsage, certificate,
                fmt::format("one of {} for a {}", fmt::join(fitting, ", "), is_gateway ? "gateway" : "client"),
                "its extended key usages are " + list_of(usages));
}

Checked check_required_usages(const Certificate& certificate, const CertificateRules& rules,
                              const std::vector<std::string>& usages) {
  for (const std::string& required : rules.extended_key_usages) {
    if (contains(usages, usage_name(required))) continue;
    return refuse(Check::ExtendedKeyUsage, certificate, "the extended key usage " + usage_name(required),
                  "its extended key usages are " + list_of(usages));
  }
  return {};
}

Checked check_identity(const Certificate& certificate, const CertificateName& identity) {
  std::vector<std::string> known;
  for (const CertificateName& name : certificate.names()) {
    if (vouches_for(name, identity)) return {};
    known.push_back(name.to_string());
  }
  return refuse(Check::Identity, certificate, "the name " + identity.to_string(), "its names are " + list_of(known));
}

Bytes fingerprint_of(X509* certificate) {
  Bytes fingerprint(32);
  CHECK(X509_digest(certificate, digest(HashId::Sha2_256), writable(fingerprint), nullptr));
  return fingerprint;
}

Checked check_issuer(const Certificate& certificate, const CertificateRules& rules, const std::vector<X509*>& issuers) {
  if (rules.issued_by.empty()) return {};
  std::vector<std::string> names;
  for (X509* const issuer : issuers) {
    if (std::ranges::find(rules.issued_by, fingerprint_of(issuer)) != rules.issued_by.end()) return {};
    names.push_back(to_string(X509_get_subject_name(issuer)));
  }
  std::vector<std::string> wanted;
  for (const Bytes& fingerprint : rules.issued_by) wanted.push_back(to_hex(fingerprint));
  return refuse(Check::Issuer, certificate, "issued by the CA with the fingerprint " + list_of(wanted),
                "issued by " + list_of(names));
}

// '*' in the pattern stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t i = star; i <= text.size(); ++i) {
    if (matches(pattern.substr(star + 1), text.substr(i))) return true;
  }
  return false;
}

Checked check_subject(const Certificate& certificate, const CertificateRules& rules) {
  for (const auto& [field, pattern] : rules.subject_fields) {
    const auto values = certificate.subject_field(field);
    const auto fits = [&](std::string_view value) { return matches(pattern, value); };
    if (std::ranges::any_of(values, fits)) continue;
    return refuse(Check::SubjectField, certificate, fmt::format("{}={} in the subject", field, pattern),
                  fmt::format("its {} is {}", field, list_of(values)));
  }
  return {};
}

}  // namespace

Result<void, CertificateError> check_rules(const Certificate& certificate, const CertificateName& identity,
                                           const CertificateRules& rules, const std::vector<X509*>& issuers) {
  const auto usages = certificate.extended_key_usages();
  TRY(check_readable(certificate));
  TRY(check_key_usage(certificate));
  TRY(check_purpose(certificate, rules.purpose, usages));
  TRY(check_required_usages(certificate, rules, usages));
  TRY(check_identity(certificate, identity));
  TRY(check_issuer(certificate, rules, issuers));
  return check_subject(certificate, rules);
}

std::string CertificateError::to_string() const {
  const std::string who = certificate.empty() ? "the peer's certificate" : "certificate " + certificate;
  return fmt::format("{}: {} (expected: {})", who, found, expected);
}

}  // namespace agilevpn::crypto
