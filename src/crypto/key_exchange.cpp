#include "crypto/key_exchange.h"

#include "crypto/ecp_group.h"
#include "crypto/ml_kem.h"
#include "crypto/modp_group.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

namespace {

// Curve25519 and Curve448 (RFC 7748 §5, RFC 8031).
struct MontgomeryCurve {
  int type;          // OpenSSL's, of a key.
  std::size_t size;  // Private, public and shared alike, in octets.
};

std::optional<MontgomeryCurve> montgomery_curve(KeyExchangeId method) {
  if (method == KeyExchangeId::Curve25519) return MontgomeryCurve{EVP_PKEY_X25519, 32};
  if (method == KeyExchangeId::Curve448) return MontgomeryCurve{EVP_PKEY_X448, 56};
  return std::nullopt;
}

OwnedKey montgomery_private(const MontgomeryCurve& curve, ByteView octets) {
  return OwnedKey{EVP_PKEY_new_raw_private_key(curve.type, nullptr, as_uchar(octets), octets.size())};
}

Bytes montgomery_public(const MontgomeryCurve& curve, EVP_PKEY* key) {
  Bytes value(curve.size);
  std::size_t size = value.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, writable(value), &size));
  return value;
}

// OpenSSL refuses a result of all zeros, as RFC 8031 §3 wants.
std::optional<Secret> montgomery_shared(const MontgomeryCurve& curve, EVP_PKEY* key, ByteView peer_public_value) {
  if (peer_public_value.size() != curve.size) return std::nullopt;
  const ErrorScope errors;
  const OwnedKey peer{
      EVP_PKEY_new_raw_public_key(curve.type, nullptr, as_uchar(peer_public_value), peer_public_value.size())};
  const OwnedKeyCtx context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  Secret secret{curve.size};
  std::size_t size = secret.size();
  CHECK(peer && EVP_PKEY_derive_init(context.get()) > 0);
  constexpr int no_validation = 0;  // All octets of this size are a public value.
  if (EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), no_validation) <= 0) return std::nullopt;
  if (EVP_PKEY_derive(context.get(), writable(secret.mutable_view()), &size) <= 0) return std::nullopt;
  return secret;
}

}  // namespace

struct KeyExchange::State {
  KeyExchangeId method;
  Secret private_key;   // Of the finite groups.
  OwnedKey key;         // Of the Montgomery curves, and of an ML-KEM's initiator.
  Secret encapsulated;  // An ML-KEM's responder has no key, but the shared secret itself.
  Bytes public_value;
};

std::optional<KeyExchange> KeyExchange::generate(KeyExchangeId method, Random& random) {
  if (!is_supported(method)) return std::nullopt;
  auto state = std::make_unique<State>(State{.method = method});
  const auto draw_from = [&](const auto& group) {
    state->private_key = group.private_key(random);
    state->public_value = group.public_value(state->private_key.view());
  };
  if (const auto* const modp = ModpGroup::find(method)) {
    draw_from(*modp);
  } else if (const auto* const ecp = EcpGroup::find(method)) {
    draw_from(*ecp);
  } else if (const auto* const ml_kem = MlKem::find(method)) {
    state->key = ml_kem->key_pair(random);
    state->public_value = ml_kem->encapsulation_key(state->key.get());
  } else {
    const MontgomeryCurve curve = *montgomery_curve(method);
    state->key = montgomery_private(curve, random.secret_bytes(curve.size).view());
    state->public_value = montgomery_public(curve, state->key.get());
  }
  return KeyExchange{std::move(state)};
}

std::optional<KeyExchange> KeyExchange::respond(KeyExchangeId method, ByteView peer_public_value, Random& random) {
  const auto* const ml_kem = MlKem::find(method);
  if (!ml_kem) return generate(method, random);
  auto made = ml_kem->encapsulate(peer_public_value, random);
  if (!made) return std::nullopt;
  auto state = std::make_unique<State>(State{.method = method});
  state->encapsulated = std::move(made->shared_secret);
  state->public_value = std::move(made->ciphertext);
  return KeyExchange{std::move(state)};
}

bool KeyExchange::is_supported(KeyExchangeId method) { return public_size(method) != 0; }

std::size_t KeyExchange::public_size(KeyExchangeId method) {
  if (const auto curve = montgomery_curve(method)) return curve->size;
  if (const auto* const modp = ModpGroup::find(method)) return modp->public_size();
  if (const auto* const ecp = EcpGroup::find(method)) return ecp->public_size();
  if (const auto* const ml_kem = MlKem::find(method)) return ml_kem->public_size();
  return 0;
}

KeyExchange::KeyExchange(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyExchange::KeyExchange(KeyExchange&&) noexcept = default;
KeyExchange& KeyExchange::operator=(KeyExchange&&) noexcept = default;
KeyExchange::~KeyExchange() = default;

KeyExchangeId KeyExchange::method() const { return state_->method; }
ByteView KeyExchange::public_value() const { return state_->public_value; }

std::optional<Secret> KeyExchange::shared_secret(ByteView peer_public_value) const {
  const ByteView key = state_->private_key.view();
  if (const auto* const modp = ModpGroup::find(state_->method)) return modp->shared_secret(key, peer_public_value);
  if (const auto* const ecp = EcpGroup::find(state_->method)) return ecp->shared_secret(key, peer_public_value);
  if (!state_->encapsulated.empty()) return state_->encapsulated.copy();
  if (const auto* const ml_kem = MlKem::find(state_->method))
    return ml_kem->decapsulate(state_->key.get(), peer_public_value);
  return montgomery_shared(*montgomery_curve(state_->method), state_->key.get(), peer_public_value);
}

}  // namespace agilevpn::crypto
