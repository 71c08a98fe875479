#include "crypto/ecp_group.h"

#include <openssl/obj_mac.h>

namespace agilevpn::crypto {

namespace {

using OwnedPoint = Owned<EC_POINT, EC_POINT_clear_free>;
constexpr std::byte uncompressed{4};  // The octet before x | y in SEC 1's form, which IKE leaves out.

OwnedBn scalar_of(ByteView private_key) {
  OwnedBn scalar{BN_bin2bn(as_uchar(private_key), int_size(private_key), nullptr)};
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  return scalar;
}

}  // namespace

const EcpGroup* EcpGroup::find(KeyExchangeId method) {
  static const EcpGroup p256{NID_X9_62_prime256v1};
  static const EcpGroup p384{NID_secp384r1};
  static const EcpGroup p521{NID_secp521r1};
  static const EcpGroup brainpool_256{NID_brainpoolP256r1};
  static const EcpGroup brainpool_384{NID_brainpoolP384r1};
  static const EcpGroup brainpool_512{NID_brainpoolP512r1};
  if (method == KeyExchangeId::Ecp256) return &p256;
  if (method == KeyExchangeId::Ecp384) return &p384;
  if (method == KeyExchangeId::Ecp521) return &p521;
  if (method == KeyExchangeId::Brainpool256) return &brainpool_256;
  if (method == KeyExchangeId::Brainpool384) return &brainpool_384;
  if (method == KeyExchangeId::Brainpool512) return &brainpool_512;
  return nullptr;
}

EcpGroup::EcpGroup(int curve_nid)
    : group_(EC_GROUP_new_by_curve_name(curve_nid)),
      field_size_((static_cast<std::size_t>(EC_GROUP_get_degree(group_.get())) + 7) / 8) {}

// The orders of the NIST curves lie just below a power of two, and those of brainpool at no less than half of one, so a
// draw is thrown away once in two times at the worst: a Random that needs many is broken.
Secret EcpGroup::private_key(Random& random) const {
  const BIGNUM* const order = EC_GROUP_get0_order(group_.get());
  const int unused_bits = static_cast<int>(field_size_) * 8 - BN_num_bits(order);
  constexpr int draws_max = 128;
  for (int draw = 0;; ++draw) {
    CHECK(draw < draws_max);
    Secret key = random.secret_bytes(field_size_);
    key.mutable_view().front() &= std::byte{0xff} >> unused_bits;
    const OwnedBn scalar = scalar_of(key.view());
    if (!BN_is_zero(scalar.get()) && BN_cmp(scalar.get(), order) < 0) return key;
  }
}

Bytes EcpGroup::public_value(ByteView private_key) const {
  const OwnedBnCtx context{BN_CTX_secure_new()};
  const OwnedPoint point{EC_POINT_new(group_.get())};
  CHECK(EC_POINT_mul(group_.get(), point.get(), scalar_of(private_key).get(), nullptr, nullptr, context.get()));
  Bytes encoded(1 + public_size());
  CHECK(EC_POINT_point2oct(group_.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, writable(encoded), encoded.size(),
                           context.get()) == encoded.size());
  return {encoded.begin() + 1, encoded.end()};
}

std::optional<Secret> EcpGroup::shared_secret(ByteView private_key, ByteView peer_public_value) const {
  if (peer_public_value.size() != public_size()) return std::nullopt;
  const ErrorScope errors;
  const OwnedBnCtx context{BN_CTX_secure_new()};
  const OwnedPoint point{EC_POINT_new(group_.get())};
  const Bytes encoded = concat({{&uncompressed, 1}, peer_public_value});
  // Refuses what is not on the curve; the cofactor is 1, so whatever is on it is in the group.
  if (!EC_POINT_oct2point(group_.get(), point.get(), as_uchar(encoded), encoded.size(), context.get()))
    return std::nullopt;
  const OwnedBn scalar = scalar_of(private_key);
  const OwnedBn x{BN_new()};
  CHECK(EC_POINT_mul(group_.get(), point.get(), nullptr, point.get(), scalar.get(), context.get()));
  if (!EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), nullptr, context.get())) return std::nullopt;
  Secret secret{field_size_};
  CHECK(BN_bn2binpad(x.get(), writable(secret.mutable_view()), static_cast<int>(field_size_)) >= 0);
  return secret;
}

}  // namespace agilevpn::crypto
