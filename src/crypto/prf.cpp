#include "crypto/prf.h"

#include "base/check.h"
#include "crypto/hmac.h"

namespace agilevpn::crypto {

namespace {

std::optional<HashId> hash_of(PrfId id) {
  switch (id) {
    case PrfId::HmacSha1: return HashId::Sha1;
    case PrfId::HmacSha2_256: return HashId::Sha2_256;
    case PrfId::HmacSha2_384: return HashId::Sha2_384;
    case PrfId::HmacSha2_512: return HashId::Sha2_512;
    case PrfId::HmacMd5:
    case PrfId::Aes128Xcbc:
    case PrfId::Aes128Cmac: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Prf> Prf::find(PrfId id) {
  const auto hash = hash_of(id);
  if (!hash) return std::nullopt;
  return Prf{id, static_cast<std::size_t>(EVP_MD_get_size(digest(*hash)))};
}

Secret Prf::operator()(ByteView key, std::initializer_list<ByteView> parts) const {
  Hmac hmac{*hash_of(id_), key};
  for (const ByteView part : parts) hmac.update(part);
  Secret result{size_};
  hmac.finish(result.mutable_view());
  return result;
}

// RFC 7296 §2.13: T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n).
Secret Prf::plus(ByteView key, std::initializer_list<ByteView> seed, std::size_t size) const {
  CHECK(size <= 255 * size_);
  Hmac hmac{*hash_of(id_), key};
  Secret result{size};
  const MutableByteView out = result.mutable_view();
  for (std::size_t done = 0; done < size; done += size_) {
    if (done > 0) {
      hmac.restart();
      hmac.update(out.subspan(done - size_, size_));
    }
    for (const ByteView part : seed) hmac.update(part);
    const auto block_number = static_cast<std::byte>(done / size_ + 1);
    hmac.update({&block_number, 1});
    hmac.finish(out.subspan(done, std::min(size_, size - done)));
  }
  return result;
}

}  // namespace agilevpn::crypto
