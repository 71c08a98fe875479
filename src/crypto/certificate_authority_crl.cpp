#include <fmt/format.h>
#include <openssl/x509v3.h>

#include "crypto/calendar.h"
#include "crypto/certificate_authority.h"
#include "crypto/certificate_builder.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using OwnedInteger = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using OwnedTime = Owned<ASN1_TIME, ASN1_TIME_free>;

OwnedTime asn1_time(WallTime time) { return OwnedTime{ASN1_TIME_set(nullptr, to_time_t(time))}; }

Result<OwnedInteger, Error> parse_serial(const std::string& hex) {
  const auto octets = from_hex(hex);
  if (!octets || octets->empty()) {
    return Failure{Error{fmt::format("'{}' is no serial number", hex), "write it as pairs of hexadecimal digits"}};
  }
  const OwnedBn number{BN_bin2bn(as_uchar(ByteView{*octets}), int_size(*octets), nullptr)};
  return OwnedInteger{BN_to_ASN1_INTEGER(number.get(), nullptr)};
}

Result<void, Error> add_revoked(X509_CRL* crl, const CertificateAuthority::Revoked& revoked) {
  TRY_ASSIGN(const OwnedInteger serial, parse_serial(revoked.serial));
  X509_REVOKED* const entry = X509_REVOKED_new();
  CHECK(X509_REVOKED_set_serialNumber(entry, serial.get()));
  CHECK(X509_REVOKED_set_revocationDate(entry, asn1_time(revoked.when).get()));
  CHECK(X509_CRL_add0_revoked(crl, entry));
  return {};
}

// RFC 5280 §5.2.3 wants numbers that grow: the seconds of the calendar do, without a counter to keep.
void add_extensions(X509_CRL* crl, X509* issuer, WallTime now) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, crl, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> key_id{
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always")};
  CHECK(key_id && X509_CRL_add_ext(crl, key_id.get(), -1));
  const OwnedInteger number{ASN1_INTEGER_new()};
  CHECK(ASN1_INTEGER_set_int64(number.get(), to_time_t(now)));
  CHECK(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number.get(), 0, X509V3_ADD_APPEND));
}

}  // namespace

Result<std::string, Error> CertificateAuthority::issue_crl(const std::vector<Revoked>& revoked, WallTime now,
                                                           WallTime next_update) const {
  const OwnedCrl crl{X509_CRL_new()};
  X509* const issuer = Native::borrow(certificate_);
  CHECK(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2));
  CHECK(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer)));
  CHECK(X509_CRL_set1_lastUpdate(crl.get(), asn1_time(now).get()));
  CHECK(X509_CRL_set1_nextUpdate(crl.get(), asn1_time(next_update).get()));
  for (const Revoked& each : revoked) TRY(add_revoked(crl.get(), each));
  CHECK(X509_CRL_sort(crl.get()));
  add_extensions(crl.get(), issuer, now);
  CHECK(X509_CRL_sign(crl.get(), Native::borrow(key_), signing_digest(key_.type())) > 0);
  const OwnedBio out{BIO_new(BIO_s_mem())};
  CHECK(PEM_write_bio_X509_CRL(out.get(), crl.get()));
  return to_text(written_to(out.get()));
}

}  // namespace agilevpn::crypto
