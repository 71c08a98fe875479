#include "crypto/md5.h"

#include "base/secret.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

Md5Digest md5(std::initializer_list<ByteView> parts) {
  static const Owned<EVP_MD, EVP_MD_free> fetched{EVP_MD_fetch(nullptr, "MD5", nullptr)};
  CHECK(fetched);
  const OwnedDigestCtx context{EVP_MD_CTX_new()};
  CHECK(EVP_DigestInit_ex2(context.get(), fetched.get(), nullptr));
  for (const ByteView part : parts) CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()));
  Md5Digest result{};
  CHECK(EVP_DigestFinal_ex(context.get(), writable(result), nullptr));
  return result;
}

// RFC 2104 §2: H(K xor opad, H(K xor ipad, text)).
Md5Digest hmac_md5(ByteView key, ByteView octets) {
  constexpr std::size_t block_size = 64;
  std::array<std::byte, block_size> inner{};
  if (key.size() > block_size) {
    std::ranges::copy(md5({key}), inner.begin());
  } else {
    std::ranges::copy(key, inner.begin());
  }
  std::array<std::byte, block_size> outer = inner;
  for (std::byte& one : inner) one ^= std::byte{0x36};
  for (std::byte& one : outer) one ^= std::byte{0x5c};
  const Md5Digest result = md5({outer, md5({inner, octets})});
  wipe(inner);
  wipe(outer);
  return result;
}

}  // namespace agilevpn::crypto
