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

CertificateCheck checked(bool is_good, Check check, const Certificate& certificate, std::string expected,
                         std::string found) {
  return {{check, certificate.subject(), std::move(expected), std::move(found)}, is_good};
}

std::string list_of(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// OpenSSL marks a certificate whose extensions it cannot read, and would then say that there are none.
CertificateCheck check_readable(const Certificate& certificate) {
  const bool is_good = (X509_get_extension_flags(Native::borrow(certificate)) & EXFLAG_INVALID) == 0;
  return checked(is_good, Check::Parse, certificate, "well-formed extensions",
                 is_good ? "it can be read" : "an extension is malformed or stands there twice");
}

// RFC 4945 §5.1.3.2: "If KU present and doesn't mention digitalSignature or nonRepudiation [...] reject cert."
CertificateCheck check_key_usage(const Certificate& certificate) {
  const std::uint32_t usage = X509_get_key_usage(Native::borrow(certificate));  // All ones if there is none.
  const bool is_good = (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
  return checked(is_good, Check::KeyUsage, certificate, "digitalSignature or nonRepudiation",
                 is_good ? "its key usage allows signatures" : "its key usage allows neither of them");
}

std::array<const char*, 4> fitting_usages(CertificateRules::Purpose purpose) {
  const bool is_gateway = purpose == CertificateRules::Purpose::Gateway;
  return {is_gateway ? "serverAuth" : "clientAuth", "ipsecIKE", "iKEIntermediate", "anyExtendedKeyUsage"};
}

CertificateCheck check_purpose(const Certificate& certificate, CertificateRules::Purpose purpose,
                               const std::vector<std::string>& usages) {
  const bool is_gateway = purpose == CertificateRules::Purpose::Gateway;
  return checked(
      fits_purpose(certificate, purpose), Check::ExtendedKeyUsage, certificate,
      fmt::format("one of {} for a {}", fmt::join(fitting_usages(purpose), ", "), is_gateway ? "gateway" : "client"),
      "its extended key usages are " + list_of(usages));
}

CertificateCheck check_identity(const Certificate& certificate, const CertificateName& identity) {
  std::vector<std::string> known;
  for (const CertificateName& name : certificate.names()) known.push_back(name.to_string());
  return checked(carries_name(certificate, identity), Check::Identity, certificate, "the name " + identity.to_string(),
                 "its names are " + list_of(known));
}

Bytes fingerprint_of(X509* certificate) {
  Bytes fingerprint(32);
  CHECK(X509_digest(certificate, digest(HashId::Sha2_256), writable(fingerprint), nullptr));
  return fingerprint;
}

CertificateCheck check_issuer(const Certificate& certificate, const CertificateRules& rules,
                              const std::vector<X509*>& issuers) {
  std::vector<std::string> names, wanted;
  bool is_good = false;
  for (X509* const issuer : issuers) {
    is_good |= std::ranges::find(rules.issued_by, fingerprint_of(issuer)) != rules.issued_by.end();
    names.push_back(to_string(X509_get_subject_name(issuer)));
  }
  for (const Bytes& fingerprint : rules.issued_by) wanted.push_back(to_hex(fingerprint));
  return checked(is_good, Check::Issuer, certificate, "issued by the CA with the fingerprint " + list_of(wanted),
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

CertificateCheck check_subject_field(const Certificate& certificate, const std::string& field,
                                     const std::string& pattern) {
  const auto values = certificate.subject_field(field);
  const auto fits = [&](std::string_view value) { return matches(pattern, value); };
  return checked(std::ranges::any_of(values, fits), Check::SubjectField, certificate,
                 fmt::format("{}={} in the subject", field, pattern),
                 fmt::format("its {} is {}", field, list_of(values)));
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// The kind of name that a pattern is about, by its look: no name of another kind may stand in for it.
CertificateName::Kind kind_of(std::string_view pattern) {
  if (pattern.find('@') != std::string_view::npos) return CertificateName::Kind::Email;
  const bool is_address = pattern.find(':') != std::string_view::npos ||
                          pattern.find_first_not_of("0123456789.*") == std::string_view::npos;
  return is_address && pattern != "*" ? CertificateName::Kind::Ip : CertificateName::Kind::Dns;
}

CertificateCheck check_names(const Certificate& certificate, const std::vector<std::string>& patterns) {
  std::vector<std::string> known;
  bool is_good = false;
  for (const CertificateName& name : certificate.names()) {
    if (name.kind == CertificateName::Kind::Dn) continue;
    const std::string text = lower(name.to_string());
    known.push_back(text);
    is_good |= std::ranges::any_of(patterns, [&](const std::string& pattern) {
      return kind_of(pattern) == name.kind && matches(lower(pattern), text);
    });
  }
  return checked(is_good, Check::AlternativeName, certificate, "an alternative name like " + list_of(patterns),
                 "its alternative names are " + list_of(known));
}

// RFC 5280 §6.1: a policy that a CA below the anchor may not assert is worth nothing on what it issues.
CertificateCheck check_policy(const Certificate& certificate, const std::string& policy,
                              const std::vector<X509*>& issuers) {
  constexpr std::string_view any_policy = "2.5.29.32.0";
  const auto asserted = certificate.policies();
  const std::string expected = "the certificate policy " + policy;
  if (!contains(asserted, policy))
    return checked(false, Check::Policy, certificate, expected, "its policies are " + list_of(asserted));
  for (std::size_t i = 0; i + 1 < issuers.size(); ++i) {
    const auto of_ca = policies_of(issuers[i]);
    if (contains(of_ca, policy) || contains(of_ca, any_policy)) continue;
    return checked(false, Check::Policy, certificate, expected,
                   fmt::format("its CA {} may not assert it", to_string(X509_get_subject_name(issuers[i]))));
  }
  return checked(true, Check::Policy, certificate, expected, "its policies are " + list_of(asserted));
}

}  // namespace

std::vector<CertificateCheck> check_rules(const Certificate& certificate, const CertificateName& identity,
                                          const CertificateRules& rules, const std::vector<X509*>& issuers) {
  const auto usages = certificate.extended_key_usages();
  std::vector<CertificateCheck> checks{check_readable(certificate), check_key_usage(certificate),
                                       check_purpose(certificate, rules.purpose, usages)};
  for (const std::string& required : rules.extended_key_usages)
    checks.push_back(checked(contains(usages, usage_name(required)), Check::ExtendedKeyUsage, certificate,
                             "the extended key usage " + usage_name(required),
                             "its extended key usages are " + list_of(usages)));
  checks.push_back(check_identity(certificate, identity));
  if (!rules.issued_by.empty()) checks.push_back(check_issuer(certificate, rules, issuers));
  for (const auto& [field, pattern] : rules.subject_fields)
    checks.push_back(check_subject_field(certificate, field, pattern));
  if (!rules.names.empty()) checks.push_back(check_names(certificate, rules.names));
  for (const std::string& policy : rules.policies) checks.push_back(check_policy(certificate, policy, issuers));
  return checks;
}

bool carries_name(const Certificate& certificate, const CertificateName& identity) {
  return std::ranges::any_of(certificate.names(),
                             [&](const CertificateName& name) { return vouches_for(name, identity); });
}

// A certificate without extended key usages is for everything. Otherwise the usage must fit the role, so that a
// client's certificate of the same CA cannot act as the gateway.
bool fits_purpose(const Certificate& certificate, CertificateRules::Purpose purpose) {
  const bool has_usages = (X509_get_extension_flags(Native::borrow(certificate)) & EXFLAG_XKUSAGE) != 0;
  const auto usages = certificate.extended_key_usages();
  const auto fitting = fitting_usages(purpose);
  return !has_usages || std::ranges::any_of(fitting, [&](std::string_view usage) { return contains(usages, usage); });
}

std::string CertificateError::to_string() const {
  const std::string who = certificate.empty() ? "the peer's certificate" : "certificate " + certificate;
  return fmt::format("{}: {} (expected: {})", who, found, expected);
}

std::string_view to_string(CertificateError::Check check) {
  switch (check) {
    case Check::Parse: return "form";
    case Check::Chain: return "chain";
    case Check::UnknownIssuer: return "issuing CA";
    case Check::Strength: return "key and hash";
    case Check::Validity: return "validity";
    case Check::NotYetValid: return "validity";
    case Check::Revocation: return "revocation list";
    case Check::Revoked: return "revocation";
    case Check::KeyUsage: return "key usage";
    case Check::ExtendedKeyUsage: return "extended key usage";
    case Check::NameConstraints: return "name constraints";
    case Check::Identity: return "identity";
    case Check::Issuer: return "issued-by";
    case Check::SubjectField: return "subject";
    case Check::SameKey: return "own key";
    case Check::AlternativeName: return "alternative names";
    case Check::Policy: return "policy";
  }
  return "";
}

const CertificateCheck* first_failed(const std::vector<CertificateCheck>& checks) {
  const auto failed = std::ranges::find(checks, false, &CertificateCheck::is_good);
  return failed == checks.end() ? nullptr : &*failed;
}

}  // namespace agilevpn::crypto
