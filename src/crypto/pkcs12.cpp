#include <openssl/pkcs12.h>

#include "crypto/certificate_authority.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using OwnedPkcs12 = Owned<PKCS12, PKCS12_free>;

constexpr int iterations = 10000;              // Of the key derivation from the password.
constexpr int iterations_of_old_times = 2048;  // What Windows 7 and Apple write themselves.

struct Algorithms {
  int encryption;
  const EVP_MD* mac;
  int iterations;
};

Algorithms algorithms(bool compatible) {
  if (compatible) return {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, digest(HashId::Sha1), iterations_of_old_times};
  return {NID_aes_256_cbc, digest(HashId::Sha2_256), iterations};
}

// OpenSSL reads passwords up to a zero octet. Nothing if the password has one inside.
std::optional<Secret> terminated(const Secret& password) {
  if (std::ranges::find(password.view(), std::byte{0}) != password.view().end()) return std::nullopt;
  return Secret{concat({password.view(), Bytes(1)})};
}

const char* text_of(const Secret& terminated_password) {
  return reinterpret_cast<const char*>(terminated_password.view().data());
}

Error bad_password() { return {"a PKCS#12 password cannot hold a zero octet", ""}; }

Result<Pkcs12, Error> collect(OwnedKey key, OwnedCertificate x509, STACK_OF(X509) * others) {
  if (!key || !x509) return Failure{Error{"the PKCS#12 file holds no private key with its certificate", ""}};
  std::vector<Certificate> chain;
  for (int i = 0; i < sk_X509_num(others); ++i) {
    TRY_ASSIGN(auto each, Certificate::from_der(to_der(sk_X509_value(others, i), i2d_X509)));
    chain.push_back(std::move(each));
  }
  TRY_ASSIGN(Certificate certificate, Certificate::from_der(to_der(x509.get(), i2d_X509)));
  return Pkcs12{Native::private_key(std::move(key)), std::move(certificate), std::move(chain)};
}

}  // namespace

Result<Secret, Error> make_pkcs12(const PrivateKey& key, const Certificate& certificate,
                                  const std::vector<Certificate>& chain, const Secret& password,
                                  const std::string& name, bool compatible) {
  const ErrorScope errors;
  const auto secret = terminated(password);
  if (!secret) return Failure{bad_password()};
  const Algorithms use = algorithms(compatible);
  const BorrowedCertificates others{sk_X509_new_null()};
  for (const Certificate& each : chain) CHECK(sk_X509_push(others.get(), Native::borrow(each)) > 0);
  constexpr int no_mac = -1;  // PKCS12_create cannot be told its hash, so it is set below.
  const OwnedPkcs12 file{PKCS12_create(text_of(*secret), name.c_str(), Native::borrow(key), Native::borrow(certificate),
                                       others.get(), use.encryption, use.encryption, use.iterations, no_mac, 0)};
  if (!file) return Failure{Error{"cannot make a PKCS#12 file: " + last_error(), "does the key fit the certificate?"}};
  CHECK(PKCS12_set_mac(file.get(), text_of(*secret), -1, nullptr, 0, use.iterations, use.mac));
  return Secret{to_der(file.get(), i2d_PKCS12)};
}

Result<Pkcs12, Error> parse_pkcs12(ByteView der, const Secret& password) {
  const ErrorScope errors;
  const auto secret = terminated(password);
  if (!secret) return Failure{bad_password()};
  const auto file = from_der<OwnedPkcs12>(der, d2i_PKCS12);
  if (!file) return Failure{Error{"this is no PKCS#12 file", ""}};
  if (PKCS12_mac_present(file.get()) && !PKCS12_verify_mac(file.get(), text_of(*secret), -1)) {
    return Failure{Error{"the PKCS#12 file does not open", "is the password right?"}};
  }
  EVP_PKEY* key = nullptr;
  X509* x509 = nullptr;
  STACK_OF(X509)* others = nullptr;
  const int is_read = PKCS12_parse(file.get(), text_of(*secret), &key, &x509, &others);
  const OwnedCertificates owner{others};
  OwnedKey owned_key{key};
  OwnedCertificate owned_x509{x509};
  if (!is_read) {
    return Failure{Error{"cannot decrypt the PKCS#12 file: " + last_error(),
                         "old exports use RC2-40: export it again with AES or 3DES"}};
  }
  return collect(std::move(owned_key), std::move(owned_x509), others);
}

}  // namespace agilevpn::crypto
