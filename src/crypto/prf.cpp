#include "crypto/prf.h"

#include "base/check.h"
#include "crypto/mac.h"

namespace agilevpn::crypto {

namespace {

std::optional<MacId> mac_of(PrfId id) {
  switch (id) {
    case PrfId::HmacSha1: return MacId::HmacSha1;
    case PrfId::Aes128Xcbc: return MacId::AesXcbc;
    case PrfId::HmacSha2_256: return MacId::HmacSha2_256;
    case PrfId::HmacSha2_384: return MacId::HmacSha2_384;
    case PrfId::HmacSha2_512: return MacId::HmacSha2_512;
    case PrfId::Aes128Cmac: return MacId::AesCmac;
    case PrfId::HmacMd5: return std::nullopt;
  }
  return std::nullopt;
}

// The AES ones take 16 octets. A longer key is hashed with a key of zeros; a shorter one is filled up for XCBC (RFC 4434
// §2) and hashed for CMAC (RFC 4615 §3).
Secret fitted(MacId id, ByteView key) {
  Secret fit{AesXcbc::block_size};
  if (key.size() > fit.size() || (key.size() < fit.size() && id == MacId::AesCmac)) {
    Mac mac{id, Bytes(fit.size())};
    mac.update(key);
    mac.finish(fit.mutable_view());
  } else {
    std::ranges::copy(key, fit.mutable_view().begin());
  }
  return fit;
}

Mac keyed(const Prf& prf, ByteView key) {
  const MacId mac = *mac_of(prf.id());
  return prf.takes_fixed_key() ? Mac{mac, fitted(mac, key).view()} : Mac{mac, key};
}

}  // namespace

std::optional<Prf> Prf::find(PrfId id) {
  const auto mac = mac_of(id);
  if (!mac) return std::nullopt;
  return Prf{id, Mac::size(*mac)};
}

Secret Prf::operator()(ByteView key, std::initializer_list<ByteView> parts) const {
  Mac mac = keyed(*this, key);
  for (const ByteView part : parts) mac.update(part);
  Secret result{size_};
  mac.finish(result.mutable_view());
  return result;
}

// RFC 7296 §2.13: T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n).
Secret Prf::plus(ByteView key, std::initializer_list<ByteView> seed, std::size_t size) const {
  CHECK(size <= 255 * size_);
  Mac mac = keyed(*this, key);
  Secret result{size};
  const MutableByteView out = result.mutable_view();
  for (std::size_t done = 0; done < size; done += size_) {
    if (done > 0) {
      mac.restart();
      mac.update(out.subspan(done - size_, size_));
    }
    for (const ByteView part : seed) mac.update(part);
    const auto block_number = static_cast<std::byte>(done / size_ + 1);
    mac.update({&block_number, 1});
    mac.finish(out.subspan(done, std::min(size_, size - done)));
  }
  return result;
}

}  // namespace agilevpn::crypto
