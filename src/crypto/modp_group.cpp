#include "crypto/modp_group.h"

namespace agilevpn::crypto {

// Exponents take the larger estimate of RFC 3526 §8, rounded up to whole words: twice the strength of the group.
const ModpGroup* ModpGroup::find(KeyExchangeId method) {
  static const ModpGroup modp_1024{BN_get_rfc2409_prime_1024(nullptr), 256};
  static const ModpGroup modp_1536{BN_get_rfc3526_prime_1536(nullptr), 256};
  static const ModpGroup modp_2048{BN_get_rfc3526_prime_2048(nullptr), 320};
  static const ModpGroup modp_3072{BN_get_rfc3526_prime_3072(nullptr), 448};
  static const ModpGroup modp_4096{BN_get_rfc3526_prime_4096(nullptr), 512};
  static const ModpGroup modp_6144{BN_get_rfc3526_prime_6144(nullptr), 576};
  static const ModpGroup modp_8192{BN_get_rfc3526_prime_8192(nullptr), 640};
  if (method == KeyExchangeId::Modp1024) return &modp_1024;
  if (method == KeyExchangeId::Modp1536) return &modp_1536;
  if (method == KeyExchangeId::Modp2048) return &modp_2048;
  if (method == KeyExchangeId::Modp3072) return &modp_3072;
  if (method == KeyExchangeId::Modp4096) return &modp_4096;
  if (method == KeyExchangeId::Modp6144) return &modp_6144;
  if (method == KeyExchangeId::Modp8192) return &modp_8192;
  return nullptr;
}

ModpGroup::ModpGroup(BIGNUM* prime, unsigned exponent_bits)
    : prime_(prime),
      montgomery_(BN_MONT_CTX_new()),
      exponent_bits_(exponent_bits),
      size_(static_cast<std::size_t>(BN_num_bytes(prime))) {
  const OwnedBnCtx context{BN_CTX_new()};
  CHECK(BN_MONT_CTX_set(montgomery_.get(), prime, context.get()));
}

Bytes ModpGroup::public_value(ByteView private_key) const {
  const OwnedBn generator{BN_new()};
  CHECK(BN_set_word(generator.get(), 2));
  Bytes value(size_);
  power(generator.get(), private_key, value);
  return value;
}

std::optional<Secret> ModpGroup::shared_secret(ByteView private_key, ByteView peer_public_value) const {
  if (peer_public_value.size() != size_) return std::nullopt;
  const OwnedBn peer{BN_bin2bn(as_uchar(peer_public_value), int_size(peer_public_value), nullptr)};
  const OwnedBn last{BN_dup(prime_.get())};
  CHECK(BN_sub_word(last.get(), 1));
  if (BN_cmp(peer.get(), BN_value_one()) <= 0 || BN_cmp(peer.get(), last.get()) >= 0) return std::nullopt;
  Secret secret{size_};
  power(peer.get(), private_key, secret.mutable_view());
  return secret;
}

void ModpGroup::power(const BIGNUM* base, ByteView exponent, MutableByteView out) const {
  const OwnedBnCtx context{BN_CTX_secure_new()};
  const OwnedBn x{BN_bin2bn(as_uchar(exponent), int_size(exponent), nullptr)};
  const OwnedBn result{BN_new()};
  BN_set_flags(x.get(), BN_FLG_CONSTTIME);
  CHECK(BN_mod_exp_mont_consttime(result.get(), base, x.get(), prime_.get(), context.get(), montgomery_.get()));
  CHECK(BN_bn2binpad(result.get(), writable(out), int_size(out)) >= 0);
}

}  // namespace agilevpn::crypto
