#include "cli/decode/opener.h"

#include "base/check.h"
#include "crypto/packet_cipher.h"
#include "crypto/prf.h"

namespace agilevpn::cli::decode {

namespace {

struct Parts {
  ByteView iv;
  ByteView text;
  ByteView icv;
};

std::optional<Parts> split(ByteView body, std::size_t iv_size, std::size_t icv_size) {
  if (body.size() < iv_size + icv_size) return std::nullopt;
  return Parts{body.first(iv_size), body.subspan(iv_size, body.size() - iv_size - icv_size), body.last(icv_size)};
}

// PacketCipher rightly gives no text whose ICV is wrong. Where somebody asked for just that, we make one that is right.
Bytes made_icv(const DirectionKeys& keys, const Parts& parts, std::size_t size) {
  const auto prf = crypto::Prf::find(crypto::PrfId::HmacSha2_256);
  CHECK(prf && keys.suite.integrity == stand_in_integrity);
  const Secret mac = (*prf)(keys.integrity.view(), {parts.iv, parts.text});
  return to_bytes(mac.view().first(size));
}

}  // namespace

std::optional<Bytes> open(const DirectionKeys& keys, ByteView aad, ByteView body, ByteView trailer) {
  auto cipher = crypto::PacketCipher::make(keys.suite, keys.encryption.view(), keys.integrity.view());
  CHECK(cipher);  // The key table holds no other suites.
  const auto sizes = cipher->sizes();
  const auto parts = split(body, sizes.iv, keys.unchecked_icv.value_or(sizes.icv));
  if (!parts) return std::nullopt;
  Bytes text = to_bytes(parts->text);
  const bool is_open = keys.unchecked_icv ? cipher->open({}, parts->iv, text, made_icv(keys, *parts, sizes.icv))
                                          : cipher->open(aad, parts->iv, text, parts->icv, trailer);
  return is_open ? std::optional{std::move(text)} : std::nullopt;
}

}  // namespace agilevpn::cli::decode
