#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "crypto/calendar.h"
#include "crypto/certificate_name.h"
#include "crypto/certificate_rules.h"
#include "crypto/distinguished_name.h"
#include "crypto/native.h"

namespace agilevpn::crypto {

namespace {

using Check = CertificateError::Check;
using OwnedStore = Owned<X509_STORE, X509_STORE_free>;
using OwnedStoreCtx = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

constexpr int chain_depth_max = 10;  // Of CAs between a peer and its anchor; real chains have one or two.
constexpr int security_level = 2;  // OpenSSL's: 112 bits, so RSA from 2048 bits, ECC from 224, and no SHA-1 signatures.

Check check_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID: return Check::NotYetValid;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK: return Check::Strength;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return Check::UnknownIssuer;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD: return Check::Validity;
    case X509_V_ERR_CERT_REVOKED: return Check::Revoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN: return Check::Revocation;
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: return Check::KeyUsage;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX: return Check::NameConstraints;
    default: return Check::Chain;
  }
}

bool is_missing_crl(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_CRL || error == X509_V_ERR_CRL_HAS_EXPIRED ||
         error == X509_V_ERR_CRL_NOT_YET_VALID;
}

std::string short_hex(const ASN1_OCTET_STRING* octets) {
  const ByteView all =
      std::as_bytes(std::span{ASN1_STRING_get0_data(octets), static_cast<std::size_t>(ASN1_STRING_length(octets))});
  return to_hex(all.first(std::min<std::size_t>(all.size(), 8)));
}

// What tells CAs of one name apart: " (SHA-256 1f2e3d4c5b6a7980, key 0123456789abcdef)".
std::string fingerprint(X509* ca) {
  const ASN1_OCTET_STRING* const key = X509_get0_subject_key_id(ca);
  Bytes digest(32);
  CHECK(X509_digest(ca, EVP_sha256(), writable(digest), nullptr));
  return fmt::format(" (SHA-256 {}{})", to_hex(ByteView{digest}.first(8)), key ? ", key " + short_hex(key) : "");
}

// The same of who issued a certificate: of its own certificate if the peer sent that, else what the certificate says.
std::string sent_issuer(const X509* certificate, X509_STORE_CTX* context) {
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* const one = sk_X509_value(sent, i);
    if (X509_check_issued(one, const_cast<X509*>(certificate)) == X509_V_OK) return fingerprint(one);
  }
  const ASN1_OCTET_STRING* const key = X509_get0_authority_key_id(const_cast<X509*>(certificate));
  return key ? fmt::format(" (key {})", short_hex(key)) : "";
}

// One run of OpenSSL's verifier, and what it first objected to.
struct Run {
  const std::vector<Certificate>& anchors;
  bool requires_crl;
  WallTime now;
  std::optional<CertificateError> refusal;
  bool lacks_crl = false;  // Of the peer's own certificate, and none is required.

  static int handle(int is_good, X509_STORE_CTX* context) {
    if (is_good) return 1;
    auto& self = *static_cast<Run*>(X509_STORE_CTX_get_app_data(context));
    const int error = X509_STORE_CTX_get_error(context);
    if (is_missing_crl(error) && !self.wants_crl(context)) {
      self.lacks_crl |= X509_STORE_CTX_get_error_depth(context) == 0;
      return 1;
    }
    const X509* certificate = X509_STORE_CTX_get_current_cert(context);
    self.refusal = certificate ? self.describe(error, certificate, context)
                               : CertificateError{Check::Chain, "", "a chain", X509_verify_cert_error_string(error)};
    return 0;
  }

  // The anchor itself is trusted by configuration: nobody's CRL need vouch for it.
  bool wants_crl(X509_STORE_CTX* context) const {
    const int anchor_depth = sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
    return requires_crl && X509_STORE_CTX_get_error_depth(context) < anchor_depth;
  }

  CertificateError describe(int error, const X509* certificate, X509_STORE_CTX* context) const {
    CertificateError what{check_of(error), to_string(X509_get_subject_name(certificate)), "",
                          X509_verify_cert_error_string(error)};
    switch (what.check) {
      case Check::Validity:
      case Check::NotYetValid: describe_validity(error, certificate, what); break;
      case Check::Strength: what.expected = "RSA from 2048 bits or ECDSA from 224, signed with SHA-2"; break;
      case Check::Revocation:
      case Check::Revoked: describe_revocation(error, certificate, context, what); break;
      case Check::KeyUsage: what.expected = "an issuer whose key usage allows keyCertSign"; break;
      case Check::NameConstraints: what.expected = "names that its CA's name constraints permit"; break;
      default: describe_chain(certificate, context, what); break;
    }
    return what;
  }

  void describe_validity(int error, const X509* certificate, CertificateError& what) const {
    what.expected = "valid at " + to_date(now);
    if (error == X509_V_ERR_CERT_HAS_EXPIRED) {
      what.found = "expired on " + to_date(to_wall_time(X509_get0_notAfter(certificate)));
    } else if (error == X509_V_ERR_CERT_NOT_YET_VALID) {
      what.found = "not valid before " + to_date(to_wall_time(X509_get0_notBefore(certificate)));
    }
  }

  void describe_revocation(int error, const X509* certificate, X509_STORE_CTX* context, CertificateError& what) const {
    const std::string issuer = to_string(X509_get_issuer_name(certificate));
    X509_CRL* const crl = X509_STORE_CTX_get0_current_crl(context);
    X509_REVOKED* revoked = nullptr;
    what.expected = "a fresh revocation list of " + issuer;
    if (error == X509_V_ERR_UNABLE_TO_GET_CRL) what.found = "there is none";
    if (error == X509_V_ERR_CRL_HAS_EXPIRED) {
      what.found = "it ended on " + to_date(to_wall_time(X509_CRL_get0_nextUpdate(crl)));
    }
    if (error != X509_V_ERR_CERT_REVOKED) return;
    what.expected = "not on the revocation list of " + issuer;
    what.found = "revoked";
    // OpenSSL forgets which list it looks at once its age was forgiven.
    if (crl && X509_CRL_get0_by_cert(crl, &revoked, const_cast<X509*>(certificate)) > 0) {
      what.found += " on " + to_date(to_wall_time(X509_REVOKED_get0_revocationDate(revoked)));
    }
  }

  void describe_chain(const X509* certificate, X509_STORE_CTX* context, CertificateError& what) const {
    what.expected = "a chain of good CA certificates";
    if (what.check != Check::UnknownIssuer) return;
    const std::string issuer = to_string(X509_get_issuer_name(certificate));
    std::vector<std::string> trusted;
    bool has_namesake = false;
    for (const Certificate& anchor : anchors) {
      const bool is_namesake = anchor.subject() == issuer;
      trusted.push_back(is_namesake ? issuer + fingerprint(Native::borrow(anchor)) : anchor.subject());
      has_namesake |= is_namesake;
    }
    what.found = fmt::format("issued by {}{}, which is not trusted", issuer,
                             has_namesake ? sent_issuer(certificate, context) : "");
    what.expected = trusted.empty() ? "a trusted CA, but none is configured"
                                    : fmt::format("a chain to one of: {}", fmt::join(trusted, "; "));
  }
};

void configure(X509_STORE_CTX* context, Run& run) {
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(parameters, to_time_t(run.now));
  X509_VERIFY_PARAM_set_depth(parameters, chain_depth_max);
  X509_VERIFY_PARAM_set_auth_level(parameters, security_level);
  // PARTIAL_CHAIN lets an intermediate CA be an anchor. CRLs are asked for everywhere; Run forgives the missing ones.
  X509_VERIFY_PARAM_set_flags(parameters,
                              X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_STORE_CTX_set_app_data(context, &run);
  X509_STORE_CTX_set_verify_cb(context, Run::handle);
}

// The CAs above the peer's certificate, from its issuer to the anchor.
std::vector<X509*> issuers_of(X509_STORE_CTX* verified) {
  STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(verified);
  std::vector<X509*> issuers;
  for (int i = 1; i < sk_X509_num(chain); ++i) issuers.push_back(sk_X509_value(chain, i));
  return issuers;
}

// What OpenSSL found good, in words.
std::vector<CertificateCheck> good_chain(const Certificate& certificate, const std::vector<X509*>& issuers,
                                         const Run& run) {
  const auto good = [&](Check check, std::string expected, std::string found) {
    return CertificateCheck{{check, certificate.subject(), std::move(expected), std::move(found)}, true};
  };
  const std::string anchor = issuers.empty() ? "itself" : to_string(X509_get_subject_name(issuers.back()));
  return {good(Check::Chain, "a chain to a trusted CA", "it leads to " + anchor),
          good(Check::Validity, "valid at " + to_date(run.now),
               fmt::format("valid from {} to {}", to_date(certificate.not_before()), to_date(certificate.not_after()))),
          good(Check::Revoked, "not on its issuer's revocation list",
               run.lacks_crl ? "there is no fresh list, and none is required" : "not on it")};
}

}  // namespace

struct Verifier::State {
  std::vector<Certificate> anchors;
  std::vector<Crl> crls;
  OwnedStore store{X509_STORE_new()};
};

Verifier::Verifier(std::vector<Certificate> anchors, std::vector<Crl> crls)
    : state_(std::make_shared<const State>(std::move(anchors), std::move(crls))) {
  for (const Certificate& anchor : state_->anchors)
    CHECK(X509_STORE_add_cert(state_->store.get(), Native::borrow(anchor)));
  for (const Crl& crl : state_->crls) CHECK(X509_STORE_add_crl(state_->store.get(), Native::borrow(crl)));
}

const std::vector<Certificate>& Verifier::anchors() const { return state_->anchors; }

std::vector<CertificateCheck> Verifier::examine(const std::vector<Certificate>& chain, const CertificateName& identity,
                                                const CertificateRules& rules, WallTime now) const {
  if (chain.empty()) return {{CertificateError{Check::Parse, "", "a certificate", "none"}}};
  const ErrorScope errors;
  const BorrowedCertificates helpers{sk_X509_new_null()};
  for (const Certificate& helper : chain) CHECK(sk_X509_push(helpers.get(), Native::borrow(helper)) > 0);
  const OwnedStoreCtx context{X509_STORE_CTX_new()};
  CHECK(X509_STORE_CTX_init(context.get(), state_->store.get(), Native::borrow(chain.front()), helpers.get()));
  Run run{state_->anchors, rules.requires_crl, now, {}};
  configure(context.get(), run);
  if (X509_verify_cert(context.get()) <= 0) {
    if (run.refusal) return {{*std::move(run.refusal)}};
    const char* const reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    return {{CertificateError{Check::Chain, chain.front().subject(), "a chain that can be verified", reason}}};
  }
  const auto issuers = issuers_of(context.get());
  std::vector<CertificateCheck> checks = good_chain(chain.front(), issuers, run);
  std::ranges::move(check_rules(chain.front(), identity, rules, issuers), std::back_inserter(checks));
  return checks;
}

std::optional<CertificateError> Verifier::find_revoked(const std::vector<Certificate>& chain, WallTime now) const {
  const auto is_listed = [&](const Certificate& certificate) {
    return std::ranges::any_of(state_->crls, [&](const Crl& crl) {
      X509_REVOKED* entry = nullptr;
      return X509_CRL_get0_by_cert(Native::borrow(crl), &entry, Native::borrow(certificate)) == 1;
    });
  };
  if (std::ranges::none_of(chain, is_listed)) return std::nullopt;
  // Who signed that list, and whether the peer's chain is about this one at all, is for the whole check to say.
  const auto checks = examine(chain, {CertificateName::Kind::Dn, chain.front().subject_der()}, {}, now);
  const auto* const failed = first_failed(checks);
  return failed && failed->fact.check == Check::Revoked ? std::optional{failed->fact} : std::nullopt;
}

Result<PublicKey, CertificateError> Verifier::verify(const std::vector<Certificate>& chain,
                                                     const CertificateName& identity, const CertificateRules& rules,
                                                     WallTime now) const {
  const auto checks = examine(chain, identity, rules, now);
  if (const auto* failed = first_failed(checks)) return Failure{failed->fact};
  return chain.front().public_key();
}

}  // namespace agilevpn::crypto
