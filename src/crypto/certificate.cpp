#include "crypto/certificate.h"

#include <openssl/x509v3.h>

#include "crypto/calendar.h"
#include "crypto/certificate_name.h"
#include "crypto/distinguished_name.h"
#include "crypto/extended_key_usage.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using OwnedUsages = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;

Error not_a_certificate() { return {"this is no X.509 certificate", "expected PEM or DER"}; }

template <class Owner>
Owner extension_of(const X509* certificate, int nid) {
  return Owner{static_cast<typename Owner::pointer>(X509_get_ext_d2i(certificate, nid, nullptr, nullptr))};
}

}  // namespace

struct Certificate::State {
  OwnedCertificate x509;
  PublicKey public_key;
  std::string subject = to_string(X509_get_subject_name(x509.get()));  // Stands in whatever is said of it.
};

X509* Native::borrow(const Certificate& certificate) { return certificate.state_->x509.get(); }

std::optional<Certificate> Native::certificate(OwnedCertificate x509) {
  OwnedKey key{X509_get_pubkey(x509.get())};
  if (!key) return std::nullopt;
  return Certificate{std::make_shared<Certificate::State>(std::move(x509), public_key(std::move(key)))};
}

Result<Certificate, Error> Certificate::from_der(ByteView der) {
  const ErrorScope errors;
  auto x509 = crypto::from_der<OwnedCertificate>(der, d2i_X509);
  if (!x509) return Failure{not_a_certificate()};
  auto certificate = Native::certificate(std::move(x509));
  if (!certificate)
    return Failure{Error{"the certificate's public key is of an unknown kind", "use RSA, ECDSA or Ed25519"}};
  return *std::move(certificate);
}

Result<std::vector<Certificate>, Error> Certificate::from_pem(ByteView pem) {
  const ErrorScope errors;
  const OwnedBio in = reader_of(pem);
  std::vector<Certificate> certificates;
  while (auto x509 = OwnedCertificate{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    TRY_ASSIGN(auto certificate, from_der(crypto::to_der(x509.get(), i2d_X509)));
    certificates.push_back(std::move(certificate));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (certificates.empty() || !at_end) return Failure{not_a_certificate()};
  return certificates;
}

Bytes Certificate::der() const { return crypto::to_der(state_->x509.get(), i2d_X509); }

std::string Certificate::to_pem() const {
  const OwnedBio out{BIO_new(BIO_s_mem())};
  CHECK(PEM_write_bio_X509(out.get(), state_->x509.get()));
  return to_text(written_to(out.get()));
}

std::string Certificate::subject() const { return state_->subject; }
std::string Certificate::issuer() const { return crypto::to_string(X509_get_issuer_name(state_->x509.get())); }
Bytes Certificate::subject_der() const { return crypto::to_der(X509_get_subject_name(state_->x509.get())); }
WallTime Certificate::not_before() const { return to_wall_time(X509_get0_notBefore(state_->x509.get())); }
WallTime Certificate::not_after() const { return to_wall_time(X509_get0_notAfter(state_->x509.get())); }
bool Certificate::is_ca() const { return X509_check_ca(state_->x509.get()) == 1; }
PublicKey Certificate::public_key() const { return state_->public_key; }

std::string Certificate::serial() const {
  const ASN1_INTEGER* number = X509_get0_serialNumber(state_->x509.get());
  return to_hex(
      std::as_bytes(std::span{ASN1_STRING_get0_data(number), static_cast<std::size_t>(ASN1_STRING_length(number))}));
}

Bytes Certificate::spki() const { return crypto::to_der(X509_get_X509_PUBKEY(state_->x509.get()), i2d_X509_PUBKEY); }
Bytes Certificate::key_hash() const { return hash(HashId::Sha1, {spki()}); }

Bytes Certificate::sha256_fingerprint() const {
  Bytes fingerprint(32);
  CHECK(X509_digest(state_->x509.get(), digest(HashId::Sha2_256), writable(fingerprint), nullptr));
  return fingerprint;
}

std::vector<CertificateName> Certificate::names() const {
  const ErrorScope errors;
  std::vector<CertificateName> names;
  const auto general = extension_of<OwnedGeneralNames>(state_->x509.get(), NID_subject_alt_name);
  for (int i = 0; i < sk_GENERAL_NAME_num(general.get()); ++i) {
    if (auto name = certificate_name(sk_GENERAL_NAME_value(general.get(), i))) names.push_back(*std::move(name));
  }
  const bool has_subject = X509_NAME_entry_count(X509_get_subject_name(state_->x509.get())) > 0;
  if (has_subject) names.push_back({CertificateName::Kind::Dn, subject_der()});
  return names;
}

std::vector<std::string> Certificate::extended_key_usages() const {
  const ErrorScope errors;
  std::vector<std::string> usages;
  const auto objects = extension_of<OwnedUsages>(state_->x509.get(), NID_ext_key_usage);
  for (int i = 0; i < sk_ASN1_OBJECT_num(objects.get()); ++i) {
    usages.push_back(usage_name(dotted(sk_ASN1_OBJECT_value(objects.get(), i))));
  }
  return usages;
}

std::vector<std::string> Certificate::subject_field(std::string_view field) const {
  return field_of(X509_get_subject_name(state_->x509.get()), field);
}

std::vector<std::string> Certificate::policies() const { return policies_of(state_->x509.get()); }

std::vector<std::string> policies_of(const X509* certificate) {
  using Policies = Owned<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;
  const ErrorScope errors;
  std::vector<std::string> policies;
  const auto all = extension_of<Policies>(certificate, NID_certificate_policies);
  for (int i = 0; i < sk_POLICYINFO_num(all.get()); ++i)
    policies.push_back(dotted(sk_POLICYINFO_value(all.get(), i)->policyid));
  return policies;
}

bool is_subject_field(std::string_view field) { return OBJ_txt2nid(std::string{field}.c_str()) != NID_undef; }

}  // namespace agilevpn::crypto
