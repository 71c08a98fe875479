#include "crypto/revocation.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include "crypto/calendar.h"
#include "crypto/certificate_name.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using OwnedStore = Owned<X509_STORE, X509_STORE_free>;
using OwnedStoreCtx = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
using OwnedAccess = Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using OwnedPoints = Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;

constexpr std::size_t sources_max = 4;  // Of each kind; the rest of a long list is not asked.

void add_url(const GENERAL_NAME* name, std::vector<std::string>& urls) {
  if (name->type != GEN_URI || urls.size() >= sources_max) return;
  const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
  std::string url{reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                  static_cast<std::size_t>(ASN1_STRING_length(text))};
  if (url.starts_with("http://")) urls.push_back(std::move(url));
}

std::vector<std::string> responders_of(X509* certificate) {
  std::vector<std::string> urls;
  const OwnedAccess access{
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr))};
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* each = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(each->method) == NID_ad_OCSP) add_url(each->location, urls);
  }
  return urls;
}

std::vector<std::string> lists_of(X509* certificate) {
  std::vector<std::string> urls;
  const OwnedPoints points{
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr))};
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT_NAME* name = sk_DIST_POINT_value(points.get(), i)->distpoint;
    if (!name || name->type != 0) continue;  // 0: a full name.
    for (int k = 0; k < sk_GENERAL_NAME_num(name->name.fullname); ++k)
      add_url(sk_GENERAL_NAME_value(name->name.fullname, k), urls);
  }
  return urls;
}

void trust(X509_STORE* store, const Certificate& anchor) { CHECK(X509_STORE_add_cert(store, Native::borrow(anchor))); }

// A context that takes any of the store's certificates as an anchor, at this time.
OwnedStoreCtx context_of(X509_STORE* store, X509* certificate, STACK_OF(X509) * helpers, WallTime now,
                         unsigned long flags) {
  OwnedStoreCtx context{X509_STORE_CTX_new()};
  CHECK(X509_STORE_CTX_init(context.get(), store, certificate, helpers));
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, to_time_t(now));
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | flags);
  return context;
}

Certificate copy_of(X509* certificate) {
  auto copy = Certificate::from_der(to_der(certificate, i2d_X509));
  CHECK(copy);
  return *std::move(copy);
}

}  // namespace

Standing standing_by_crl(const OpenStanding& open, const Crl& crl, WallTime now) {
  const ErrorScope errors;
  const OwnedStore store{X509_STORE_new()};
  trust(store.get(), open.issuer);
  CHECK(X509_STORE_add_crl(store.get(), Native::borrow(crl)));
  const auto context = context_of(store.get(), Native::borrow(open.certificate), nullptr, now, X509_V_FLAG_CRL_CHECK);
  if (X509_verify_cert(context.get()) > 0) return {Standing::Kind::Good, "", crl.next_update()};
  const int error = X509_STORE_CTX_get_error(context.get());
  if (error != X509_V_ERR_CERT_REVOKED)
    return {Standing::Kind::Unknown,
            fmt::format("its revocation list is of no use: {}", X509_verify_cert_error_string(error)),
            {}};
  X509_REVOKED* entry = nullptr;
  std::string detail = "revoked";
  if (X509_CRL_get0_by_cert(Native::borrow(crl), &entry, Native::borrow(open.certificate)) > 0)
    detail += " on " + to_date(to_wall_time(X509_REVOKED_get0_revocationDate(entry)));
  return {Standing::Kind::Revoked, detail, crl.next_update()};
}

std::vector<OpenStanding> open_standings(const std::vector<Certificate>& chain, const std::vector<Certificate>& anchors,
                                         const std::vector<Crl>& crls, WallTime now) {
  if (chain.empty()) return {};
  const ErrorScope errors;
  const OwnedStore store{X509_STORE_new()};
  for (const Certificate& anchor : anchors) trust(store.get(), anchor);
  const BorrowedCertificates helpers{sk_X509_new_null()};
  for (const Certificate& helper : chain) CHECK(sk_X509_push(helpers.get(), Native::borrow(helper)) > 0);
  const auto context = context_of(store.get(), Native::borrow(chain.front()), helpers.get(), now, 0);
  if (X509_verify_cert(context.get()) <= 0) return {};
  STACK_OF(X509)* const verified = X509_STORE_CTX_get0_chain(context.get());
  std::vector<OpenStanding> open;
  for (int i = 0; i + 1 < sk_X509_num(verified); ++i) {
    X509* const own = sk_X509_value(verified, i);
    OpenStanding each{copy_of(own), copy_of(sk_X509_value(verified, i + 1)), responders_of(own), lists_of(own)};
    const auto tells = [&](const Crl& crl) { return standing_by_crl(each, crl, now).kind != Standing::Kind::Unknown; };
    if (std::ranges::none_of(crls, tells)) open.push_back(std::move(each));
  }
  return open;
}

}  // namespace agilevpn::crypto
