#include "crypto/hash.h"

#include <array>

#include "crypto/openssl.h"

namespace agilevpn::crypto {

const EVP_MD* digest(HashId id) {
  using OwnedDigest = Owned<EVP_MD, EVP_MD_free>;
  static const std::array<OwnedDigest, 4> fetched = {
      OwnedDigest{EVP_MD_fetch(nullptr, "SHA1", nullptr)}, OwnedDigest{EVP_MD_fetch(nullptr, "SHA256", nullptr)},
      OwnedDigest{EVP_MD_fetch(nullptr, "SHA384", nullptr)}, OwnedDigest{EVP_MD_fetch(nullptr, "SHA512", nullptr)}};
  const auto index = static_cast<std::size_t>(id) - 1;
  CHECK(index < fetched.size() && fetched[index]);
  return fetched[index].get();
}

Bytes hash(HashId id, std::initializer_list<ByteView> parts) {
  if (id == HashId::Identity) return concat(parts);
  const OwnedDigestCtx context{EVP_MD_CTX_new()};
  CHECK(EVP_DigestInit_ex2(context.get(), digest(id), nullptr));
  for (const ByteView part : parts) CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()));
  Bytes result(static_cast<std::size_t>(EVP_MD_get_size(digest(id))));
  CHECK(EVP_DigestFinal_ex(context.get(), writable(result), nullptr));
  return result;
}

std::string to_string(HashId id) {
  switch (id) {
    case HashId::Sha1: return "SHA1";
    case HashId::Sha2_256: return "SHA2-256";
    case HashId::Sha2_384: return "SHA2-384";
    case HashId::Sha2_512: return "SHA2-512";
    case HashId::Identity: return "Identity";
  }
  return "hash " + std::to_string(static_cast<unsigned>(id));
}

}  // namespace agilevpn::crypto
