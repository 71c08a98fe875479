#include "crypto/cms.h"

#include <openssl/cms.h>

#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using OwnedCms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using OwnedStore = Owned<X509_STORE, X509_STORE_free>;

}  // namespace

Result<Bytes, Error> sign_cms(ByteView content, const Certificate& signer, const std::vector<Certificate>& others,
                              const PrivateKey& key) {
  const ErrorScope errors;
  if (signer.public_key() != key.public_key()) {
    return Failure{Error{"the key does not belong to the certificate of " + signer.subject(), ""}};
  }
  const BorrowedCertificates more{sk_X509_new_null()};
  for (const Certificate& each : others) CHECK(sk_X509_push(more.get(), Native::borrow(each)) > 0);
  const OwnedBio in = reader_of(content);
  const OwnedCms message{CMS_sign(Native::borrow(signer), Native::borrow(key), more.get(), in.get(), CMS_BINARY)};
  if (!message) return Failure{Error{"cannot sign: " + last_error(), "use an RSA or ECDSA key"}};
  return to_der(message.get(), i2d_CMS_ContentInfo);
}

std::optional<Bytes> open_cms(ByteView message, const std::vector<Certificate>& anchors) {
  const ErrorScope errors;
  const auto parsed = from_der<OwnedCms>(message, d2i_CMS_ContentInfo);
  const OwnedStore store{X509_STORE_new()};
  for (const Certificate& anchor : anchors) X509_STORE_add_cert(store.get(), Native::borrow(anchor));
  X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
  const OwnedBio out{BIO_new(BIO_s_mem())};
  if (!parsed || CMS_verify(parsed.get(), nullptr, store.get(), nullptr, out.get(), CMS_BINARY) != 1)
    return std::nullopt;
  return to_bytes(written_to(out.get()));
}

}  // namespace agilevpn::crypto
