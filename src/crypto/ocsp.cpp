// OCSP by OpenSSL (RFC 6960, RFC 8954), with the times checked against ours.
#include <fmt/format.h>
#include <openssl/ocsp.h>

#include "crypto/calendar.h"
#include "crypto/native.h"
#include "crypto/pem.h"
#include "crypto/revocation.h"

namespace agilevpn::crypto {

namespace {

using OwnedRequest = Owned<OCSP_REQUEST, OCSP_REQUEST_free>;
using OwnedResponse = Owned<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using OwnedBasic = Owned<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using OwnedCertId = Owned<OCSP_CERTID, OCSP_CERTID_free>;
using OwnedStore = Owned<X509_STORE, X509_STORE_free>;

constexpr auto clock_skew = 5min;         // Between a responder and us.
constexpr auto lasts_without_end = 5min;  // An answer that names no nextUpdate is one of now (RFC 6960 §4.2.2.1).

Standing unknown(std::string why) { return {Standing::Kind::Unknown, std::move(why), {}}; }

// With SHA-1, which every responder knows (RFC 5019 §2.1.1); it names the issuer and protects nothing.
OwnedCertId certificate_id(const OpenStanding& open) {
  return OwnedCertId{
      OCSP_cert_to_id(digest(HashId::Sha1), Native::borrow(open.certificate), Native::borrow(open.issuer))};
}

OwnedRequest request_of(const OpenStanding& open, ByteView nonce) {
  OwnedRequest request{OCSP_REQUEST_new()};
  CHECK(OCSP_request_add0_id(request.get(), certificate_id(open).release()));
  Bytes value = to_bytes(nonce);
  CHECK(OCSP_request_add1_nonce(request.get(), writable(value), int_size(value)));
  return request;
}

// The answer's signature: by the issuer, or by a certificate that the issuer gave the usage OCSPSigning.
bool is_signed(OCSP_BASICRESP* basic, const OpenStanding& open, WallTime now) {
  const OwnedStore store{X509_STORE_new()};
  CHECK(X509_STORE_add_cert(store.get(), Native::borrow(open.issuer)));
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), to_time_t(now));
  X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const BorrowedCertificates helpers{sk_X509_new_null()};
  CHECK(sk_X509_push(helpers.get(), Native::borrow(open.issuer)) > 0);
  return OCSP_basic_verify(basic, helpers.get(), store.get(), OCSP_PARTIAL_CHAIN) > 0;
}

Standing judge(OCSP_BASICRESP* basic, const OpenStanding& open, WallTime now) {
  int status = 0, reason = 0;
  ASN1_GENERALIZEDTIME *revoked = nullptr, *this_update = nullptr, *next_update = nullptr;
  const auto id = certificate_id(open);
  if (!OCSP_resp_find_status(basic, id.get(), &status, &reason, &revoked, &this_update, &next_update))
    return unknown("the OCSP responder answered about another certificate");
  const WallTime from = to_wall_time(this_update);
  const WallTime until = next_update ? to_wall_time(next_update) : from + lasts_without_end;
  if (from > now + clock_skew) return unknown("the OCSP answer is of a time to come");
  if (until + clock_skew < now)
    return unknown(fmt::format("the OCSP answer is too old: it counted until {}", to_date(until)));
  if (status == V_OCSP_CERTSTATUS_REVOKED)
    return {Standing::Kind::Revoked, "revoked on " + to_date(to_wall_time(revoked)), until};
  if (status == V_OCSP_CERTSTATUS_GOOD) return {Standing::Kind::Good, "", until};
  return unknown("the OCSP responder does not know it");
}

}  // namespace

Bytes ocsp_request(const OpenStanding& open, ByteView nonce) {
  const ErrorScope errors;
  return to_der(request_of(open, nonce).get(), i2d_OCSP_REQUEST);
}

Standing standing_by_ocsp(const OpenStanding& open, ByteView response, ByteView nonce, WallTime now) {
  const ErrorScope errors;
  const auto read = from_der<OwnedResponse>(response, d2i_OCSP_RESPONSE);
  if (!read) return unknown("the OCSP responder's answer is malformed");
  const int status = OCSP_response_status(read.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return unknown(fmt::format("the OCSP responder says: {}", OCSP_response_status_str(status)));
  const OwnedBasic basic{OCSP_response_get1_basic(read.get())};
  if (!basic) return unknown("the OCSP responder's answer is of an unknown kind");
  const auto request = request_of(open, nonce);
  constexpr int differs = 0;  // -1: the answer has none.
  if (OCSP_check_nonce(request.get(), basic.get()) == differs)
    return unknown("the OCSP answer is to another's question (nonce)");
  if (!is_signed(basic.get(), open, now))
    return unknown("the OCSP answer is not signed by the certificate's issuer or its delegate");
  return judge(basic.get(), open, now);
}

}  // namespace agilevpn::crypto
