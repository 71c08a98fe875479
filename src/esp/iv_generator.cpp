#include "esp/iv_generator.h"

#include "base/check.h"
#include "crypto/prf.h"
#include "esp/octets.h"

namespace agilevpn::esp {

std::optional<IvGenerator> IvGenerator::make(ByteView encryption_key, ByteView integrity_key) {
  constexpr crypto::CipherSuite suite{.encryption = crypto::EncryptionId::AesGcm16, .key_bits = 128};
  const auto sizes = crypto::PacketCipher::sizes(suite);
  const auto prf = crypto::Prf::find(crypto::PrfId::HmacSha2_256);
  if (!sizes || !prf) return std::nullopt;
  const Secret key = prf->plus(encryption_key, {as_bytes("agilevpn esp iv"), integrity_key}, sizes->encryption_key);
  auto cipher = crypto::PacketCipher::make(suite, key.view(), {});
  if (!cipher) return std::nullopt;
  return IvGenerator{std::move(*cipher)};
}

void IvGenerator::next(MutableByteView iv) {
  CHECK(iv.size() <= iv_size);
  if (used_ == keystream_.size()) refill();
  std::ranges::copy(ByteView{keystream_}.subspan(used_, iv.size()), iv.begin());
  used_ += iv_size;
}

void IvGenerator::refill() {
  std::array<std::byte, 8> counter;
  std::array<std::byte, 16> icv;  // Of no use.
  store(counter, 0, ++refills_);
  keystream_.fill(std::byte{0});
  cipher_.seal({}, counter, keystream_, icv);
  used_ = 0;
}

}  // namespace agilevpn::esp
