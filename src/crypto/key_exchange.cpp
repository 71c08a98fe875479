#include "crypto/key_exchange.h"

#include "crypto/ecp_group.h"
#include "crypto/modp_group.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

namespace {

constexpr std::size_t curve25519_size = 32;  // Private, public and shared alike (RFC 7748 §5).

OwnedKey curve25519_private(ByteView octets) {
  return OwnedKey{EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, as_uchar(octets), octets.size())};
}

Bytes curve25519_public(EVP_PKEY* key) {
  Bytes value(curve25519_size);
  std::size_t size = value.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, writable(value), &size));
  return value;
}

// OpenSSL refuses a result of all zeros, as RFC 8031 §3 wants.
std::optional<Secret> curve25519_shared(EVP_PKEY* key, ByteView peer_public_value) {
  if (peer_public_value.size() != curve25519_size) return std::nullopt;
  const ErrorScope errors;
  const OwnedKey peer{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, as_uchar(peer_public_value), peer_public_value.size())};
  const OwnedKeyCtx context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  Secret secret{curve25519_size};
  std::size_t size = secret.size();
  CHECK(peer && EVP_PKEY_derive_init(context.get()) > 0);
  constexpr int no_validation = 0;  // Every 32 octets are a public value.
  if (EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), no_validation) <= 0) return std::nullopt;
  if (EVP_PKEY_derive(context.get(), writable(secret.mutable_view()), &size) <= 0) return std::nullopt;
  return secret;
}

}  // namespace

struct KeyExchange::State {
  KeyExchangeId method;
  Secret private_key;   // Of the finite groups.
  OwnedKey curve25519;  // Of Curve25519.
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
  } else {
    state->curve25519 = curve25519_private(random.secret_bytes(curve25519_size).view());
    state->public_value = curve25519_public(state->curve25519.get());
  }
  return KeyExchange{std::move(state)};
}

bool KeyExchange::is_supported(KeyExchangeId method) { return public_size(method) != 0; }

std::size_t KeyExchange::public_size(KeyExchangeId method) {
  if (method == KeyExchangeId::Curve25519) return curve25519_size;
  if (const auto* const modp = ModpGroup::find(method)) return modp->public_size();
  if (const auto* const ecp = EcpGroup::find(method)) return ecp->public_size();
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
  return curve25519_shared(state_->curve25519.get(), peer_public_value);
}

}  // namespace agilevpn::crypto
