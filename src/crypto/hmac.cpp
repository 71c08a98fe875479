#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

#include "base/secret.h"

namespace agilevpn::crypto {

namespace {

EVP_MAC* fetched_hmac() {
  static const Owned<EVP_MAC, EVP_MAC_free> fetched{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
  return fetched.get();
}

}  // namespace

Hmac::Hmac(HashId hash, ByteView key) : context_(EVP_MAC_CTX_new(fetched_hmac())) {
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(EVP_MD_get0_name(digest(hash))), 0),
      OSSL_PARAM_construct_end()};
  static constexpr unsigned char empty_key = 0;  // A null pointer would mean "keep the key".
  CHECK(EVP_MAC_init(context_.get(), key.empty() ? &empty_key : as_uchar(key), key.size(), parameters.data()));
}

void Hmac::restart() { CHECK(EVP_MAC_init(context_.get(), nullptr, 0, nullptr)); }

void Hmac::update(ByteView octets) { CHECK(EVP_MAC_update(context_.get(), as_uchar(octets), octets.size())); }

void Hmac::finish(MutableByteView out) {
  std::array<std::byte, EVP_MAX_MD_SIZE> whole;
  std::size_t size = 0;
  CHECK(EVP_MAC_final(context_.get(), writable(whole), &size, whole.size()));
  CHECK(out.size() <= size);
  std::ranges::copy(ByteView{whole}.first(out.size()), out.begin());
  wipe(whole);
}

}  // namespace agilevpn::crypto
