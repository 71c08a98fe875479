#include "crypto/certificate_builder.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

#include "crypto/calendar.h"
#include "crypto/certificate_name.h"
#include "crypto/extended_key_usage.h"

namespace agilevpn::crypto {

namespace {

// RFC 5280 §4.1.2.2: positive and at most 20 octets. 16 random ones never repeat.
void set_serial(X509* x509) {
  std::array<std::byte, 16> octets;
  CHECK(RAND_bytes(writable(octets), int_size(octets)) == 1);
  octets[0] = (octets[0] & std::byte{0x7f}) | std::byte{0x40};  // Positive, and always 16 octets long.
  const OwnedBn number{BN_bin2bn(as_uchar(ByteView{octets}), int_size(octets), nullptr)};
  CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)));
}

}  // namespace

Result<CertificateBuilder, Error> CertificateBuilder::start(const Certificate* issuer, const CertificateTerms& terms,
                                                            const PublicKey& key) {
  TRY_ASSIGN(const OwnedName subject, parse_name(terms.subject));
  if (terms.not_after <= terms.not_before) {
    return Failure{Error{
        fmt::format("a certificate from {} to {} is never valid", to_date(terms.not_before), to_date(terms.not_after)),
        ""}};
  }
  OwnedCertificate x509{X509_new()};
  X509* const issuing = issuer ? Native::borrow(*issuer) : x509.get();
  CHECK(X509_set_version(x509.get(), X509_VERSION_3));
  set_serial(x509.get());
  CHECK(X509_set_subject_name(x509.get(), subject.get()));
  CHECK(X509_set_issuer_name(x509.get(), X509_get_subject_name(issuing)));
  CHECK(ASN1_TIME_set(X509_getm_notBefore(x509.get()), to_time_t(terms.not_before)));
  CHECK(ASN1_TIME_set(X509_getm_notAfter(x509.get()), to_time_t(terms.not_after)));
  CHECK(X509_set_pubkey(x509.get(), Native::borrow(key)));
  CertificateBuilder builder{std::move(x509), issuing};
  builder.add(NID_subject_key_identifier, "hash");
  if (issuer) builder.add(NID_authority_key_identifier, "keyid:always");
  return builder;
}

void CertificateBuilder::add(int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer_, x509_.get(), nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension{
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
  CHECK(extension && X509_add_ext(x509_.get(), extension.get(), -1));
}

Result<void, Error> CertificateBuilder::add_extended_key_usages(const std::vector<std::string>& usages) {
  const ErrorScope errors;
  const Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> all{EXTENDED_KEY_USAGE_new()};
  for (const std::string& usage : usages) {
    ASN1_OBJECT* const object = OBJ_txt2obj(usage_oid(usage).c_str(), 0);
    if (!object) {
      return Failure{Error{fmt::format("unknown extended key usage '{}'", usage),
                           "like serverAuth, clientAuth, ipsecIKE, iKEIntermediate or 1.3.6.1.5.5.7.3.1"}};
    }
    CHECK(sk_ASN1_OBJECT_push(all.get(), object) > 0);
  }
  CHECK(X509_add1_ext_i2d(x509_.get(), NID_ext_key_usage, all.get(), 0, X509V3_ADD_APPEND));
  return {};
}

Result<void, Error> CertificateBuilder::add_names(const std::vector<CertificateName>& names) {
  if (names.empty()) return {};
  const OwnedGeneralNames all{sk_GENERAL_NAME_new_null()};
  for (const CertificateName& name : names) {
    TRY_ASSIGN(OwnedGeneralName general, general_name(name));
    CHECK(sk_GENERAL_NAME_push(all.get(), general.release()) > 0);
  }
  CHECK(X509_add1_ext_i2d(x509_.get(), NID_subject_alt_name, all.get(), 0, X509V3_ADD_APPEND));
  return {};
}

Result<void, Error> CertificateBuilder::add_policies(const std::vector<std::string>& dotted) {
  if (dotted.empty()) return {};
  const ErrorScope errors;
  const Owned<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free> all{CERTIFICATEPOLICIES_new()};
  for (const std::string& policy : dotted) {
    ASN1_OBJECT* const object = OBJ_txt2obj(policy.c_str(), 1);
    if (!object) return Failure{Error{fmt::format("'{}' is no policy", policy), "like 1.3.6.1.4.1.99999.1"}};
    POLICYINFO* const info = POLICYINFO_new();
    CHECK(info && sk_POLICYINFO_push(all.get(), info) > 0);
    ASN1_OBJECT_free(info->policyid);
    info->policyid = object;
  }
  CHECK(X509_add1_ext_i2d(x509_.get(), NID_certificate_policies, all.get(), 0, X509V3_ADD_APPEND));
  return {};
}

Certificate CertificateBuilder::sign(const PrivateKey& issuer_key) && {
  CHECK(X509_sign(x509_.get(), Native::borrow(issuer_key), signing_digest(issuer_key.type())) > 0);
  auto certificate = Native::certificate(std::move(x509_));
  CHECK(certificate);
  return *std::move(certificate);
}

const EVP_MD* signing_digest(KeyType type) {
  switch (type) {
    case KeyType::EcdsaP384: return digest(HashId::Sha2_384);
    case KeyType::EcdsaP521: return digest(HashId::Sha2_512);
    case KeyType::Ed25519:
    case KeyType::Ed448: return nullptr;
    case KeyType::Rsa:
    case KeyType::EcdsaP256:
    case KeyType::Other: return digest(HashId::Sha2_256);
  }
  return nullptr;
}

}  // namespace agilevpn::crypto
