#include "crypto/scrypt.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>

#include "crypto/openssl.h"

namespace agilevpn::crypto {

namespace {

using OwnedKdfCtx = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;

OwnedKdfCtx new_scrypt() {
  static const Owned<EVP_KDF, EVP_KDF_free> fetched{EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_SCRYPT, nullptr)};
  CHECK(fetched);
  return OwnedKdfCtx{EVP_KDF_CTX_new(fetched.get())};
}

OSSL_PARAM octets(const char* name, ByteView value) {
  static constexpr unsigned char nothing = 0;  // OpenSSL takes a null pointer for "not set".
  const unsigned char* data = value.empty() ? &nothing : as_uchar(value);
  return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(data), value.size());
}

}  // namespace

std::optional<Secret> scrypt(const Secret& password, ByteView salt, const ScryptCost& cost, std::size_t size) {
  if (cost.log2_n > 30) return std::nullopt;
  std::uint64_t n = std::uint64_t{1} << cost.log2_n, memory_max = scrypt_memory_max;
  std::uint32_t r = cost.r, p = cost.p;
  const std::array parameters = {octets(OSSL_KDF_PARAM_PASSWORD, password.view()),
                                 octets(OSSL_KDF_PARAM_SALT, salt),
                                 OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                                 OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
                                 OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
                                 OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory_max),
                                 OSSL_PARAM_construct_end()};
  const ErrorScope errors;
  const OwnedKdfCtx context = new_scrypt();
  Secret key(size);
  if (EVP_KDF_derive(context.get(), writable(key.mutable_view()), size, parameters.data()) != 1) return std::nullopt;
  return key;
}

}  // namespace agilevpn::crypto
