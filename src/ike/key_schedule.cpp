#include "ike/key_schedule.h"

#include "base/check.h"
#include "base/codec.h"
#include "crypto/packet_cipher.h"

namespace agilevpn::ike {

namespace {

// Cuts keys one after another out of keying material.
class KeyCutter {
 public:
  explicit KeyCutter(const Secret& material) : rest_(material.view()) {}
  Secret cut(std::size_t size) {
    Secret key = Secret::copy_of(rest_.first(size));
    rest_ = rest_.subspan(size);
    return key;
  }

 private:
  ByteView rest_;
};

}  // namespace

Secret first_skeyseed(const crypto::Prf& prf, ByteView n_i, ByteView n_r, ByteView g_ir) {
  constexpr std::size_t half_key = 8;
  if (prf.takes_fixed_key()) return prf(concat({n_i.first(half_key), n_r.first(half_key)}), {g_ir});
  return prf(concat({n_i, n_r}), {g_ir});
}

Secret rekeyed_skeyseed(const crypto::Prf& old_prf, ByteView old_sk_d, const KeySeed& seed) {
  return old_prf(old_sk_d, {seed.g_ir, seed.n_i, seed.n_r, seed.additional});
}

Secret resumed_skeyseed(const crypto::Prf& prf, ByteView old_sk_d, ByteView n_i, ByteView n_r) {
  return prf(old_sk_d, {as_bytes("Resumption"), n_i, n_r});
}

IkeKeys derive_ike_keys(const IkeSuite& suite, const crypto::Prf& prf, ByteView skeyseed, ByteView n_i, ByteView n_r,
                        IkeSpi spi_i, IkeSpi spi_r) {
  const auto sizes = crypto::PacketCipher::sizes(suite.cipher);
  CHECK(sizes.has_value());
  const std::size_t prf_size = prf.key_size();
  const Bytes spis = Writer{}.u64(spi_i.value).u64(spi_r.value).take();
  const Secret material =
      prf.plus(skeyseed, {n_i, n_r, spis}, 3 * prf_size + 2 * sizes->integrity_key + 2 * sizes->encryption_key);
  KeyCutter keys{material};
  return {.sk_d = keys.cut(prf_size),
          .sk_ai = keys.cut(sizes->integrity_key),
          .sk_ar = keys.cut(sizes->integrity_key),
          .sk_ei = keys.cut(sizes->encryption_key),
          .sk_er = keys.cut(sizes->encryption_key),
          .sk_pi = keys.cut(prf_size),
          .sk_pr = keys.cut(prf_size)};
}

ChildKeys derive_child_keys(const EspSuite& suite, const crypto::Prf& prf, ByteView sk_d, const KeySeed& seed) {
  const auto sizes = crypto::PacketCipher::sizes(suite.cipher);
  CHECK(sizes.has_value());
  const Secret material = prf.plus(sk_d, {seed.g_ir, seed.n_i, seed.n_r, seed.additional},
                                   2 * (sizes->encryption_key + sizes->integrity_key));
  KeyCutter keys{material};
  return {.encryption_i = keys.cut(sizes->encryption_key),
          .integrity_i = keys.cut(sizes->integrity_key),
          .encryption_r = keys.cut(sizes->encryption_key),
          .integrity_r = keys.cut(sizes->integrity_key)};
}

Bytes signed_octets(const crypto::Prf& prf, ByteView first_message, ByteView peer_nonce, ByteView sk_p,
                    const wire::Identity& identity, ByteView int_auth) {
  const Bytes id_payload = Writer{}.u8(static_cast<std::uint8_t>(identity.type)).zeros(3).bytes(identity.data).take();
  const Secret maced_id = prf(sk_p, {id_payload});
  return concat({first_message, peer_nonce, maced_id.view(), int_auth});
}

Secret resumed_auth(const crypto::Prf& prf, ByteView sk_p, ByteView octets) { return prf(sk_p, {octets}); }

Secret shared_key_auth(const crypto::Prf& prf, ByteView shared_secret, ByteView octets) {
  const Secret padded = prf(shared_secret, {as_bytes("Key Pad for IKEv2")});
  return prf(padded.view(), {octets});
}

}  // namespace agilevpn::ike
