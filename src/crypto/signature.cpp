#include "crypto/signature.h"

#include <fmt/format.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <array>
#include <string_view>

#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using SchemeKind = SignatureScheme::Kind;
using OwnedSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

KeyType type_of_curve(EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (!EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr)) return KeyType::Other;
  const std::string_view curve{name.data()};
  if (curve == "prime256v1") return KeyType::EcdsaP256;
  if (curve == "secp384r1") return KeyType::EcdsaP384;
  if (curve == "secp521r1") return KeyType::EcdsaP521;
  return KeyType::Other;
}

KeyType type_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return KeyType::Rsa;
    case EVP_PKEY_EC: return type_of_curve(key);
    case EVP_PKEY_ED25519: return KeyType::Ed25519;
    case EVP_PKEY_ED448: return KeyType::Ed448;
    default: return KeyType::Other;
  }
}

// RFC 4754 §3 ties each curve to one hash. The size is that of r, and of s.
struct RawForm {
  HashId hash;
  std::size_t half_size;
};
std::optional<RawForm> raw_form_of(KeyType type) {
  switch (type) {
    case KeyType::EcdsaP256: return RawForm{HashId::Sha2_256, 32};
    case KeyType::EcdsaP384: return RawForm{HashId::Sha2_384, 48};
    case KeyType::EcdsaP521: return RawForm{HashId::Sha2_512, 66};
    case KeyType::Rsa:
    case KeyType::Ed25519:
    case KeyType::Ed448:
    case KeyType::Other: return std::nullopt;
  }
  return std::nullopt;
}

bool fits(KeyType type, const SignatureScheme& scheme) {
  const auto raw = raw_form_of(type);
  switch (scheme.kind) {
    case SchemeKind::RsaPkcs1:
    case SchemeKind::RsaPss: return type == KeyType::Rsa && scheme.hash != HashId::Identity;
    case SchemeKind::Ecdsa: return raw && scheme.hash != HashId::Identity;
    case SchemeKind::EcdsaRaw: return raw && scheme.hash == raw->hash;
    case SchemeKind::Ed25519: return type == KeyType::Ed25519 && scheme.hash == HashId::Identity;
    case SchemeKind::Ed448: return type == KeyType::Ed448 && scheme.hash == HashId::Identity;
  }
  return false;
}

const EVP_MD* digest_of(const SignatureScheme& scheme) {
  return scheme.hash == HashId::Identity ? nullptr : digest(scheme.hash);
}

bool set_padding(EVP_PKEY_CTX* context, SchemeKind kind) {
  if (kind != SchemeKind::RsaPss) return true;  // PKCS#1 v1.5 is OpenSSL's default for RSA.
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

Bytes der_to_raw(ByteView der, std::size_t half_size) {
  const unsigned char* next = as_uchar(der);
  const OwnedSignature signature{d2i_ECDSA_SIG(nullptr, &next, int_size(der))};
  CHECK(signature);
  Bytes raw(2 * half_size);
  const int half = static_cast<int>(half_size);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), writable(raw), half) == half);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), writable(MutableByteView{raw}.subspan(half_size)), half) ==
        half);
  return raw;
}

// Nothing for a wrong size.
std::optional<Bytes> raw_to_der(ByteView raw, std::size_t half_size) {
  if (raw.size() != 2 * half_size) return std::nullopt;
  const int half = static_cast<int>(half_size);
  const OwnedSignature signature{ECDSA_SIG_new()};
  CHECK(ECDSA_SIG_set0(signature.get(), BN_bin2bn(as_uchar(raw), half, nullptr),
                       BN_bin2bn(as_uchar(raw.subspan(half_size)), half, nullptr)));
  return to_der(signature.get(), i2d_ECDSA_SIG);
}

}  // namespace

struct PublicKey::State {
  OwnedKey key;
  KeyType type;
};

struct PrivateKey::State {
  OwnedKey key;
  KeyType type;
  PublicKey public_key;
};

EVP_PKEY* Native::borrow(const PublicKey& key) { return key.state_->key.get(); }
EVP_PKEY* Native::borrow(const PrivateKey& key) { return key.state_->key.get(); }

PublicKey Native::public_key(OwnedKey key) {
  const KeyType type = type_of(key.get());
  return PublicKey{std::make_shared<PublicKey::State>(std::move(key), type)};
}

PrivateKey Native::private_key(OwnedKey key) {
  const KeyType type = type_of(key.get());
  auto public_part = PublicKey::from_spki(to_der(key.get(), i2d_PUBKEY));
  CHECK(public_part);
  return PrivateKey{std::make_shared<PrivateKey::State>(std::move(key), type, *std::move(public_part))};
}

std::optional<PublicKey> PublicKey::from_spki(ByteView der) {
  const ErrorScope errors;
  auto key = from_der<OwnedKey>(der, d2i_PUBKEY);
  if (!key) return std::nullopt;
  return Native::public_key(std::move(key));
}

bool operator==(const PublicKey& a, const PublicKey& b) {
  return EVP_PKEY_eq(Native::borrow(a), Native::borrow(b)) == 1;
}

KeyType PublicKey::type() const { return state_->type; }
unsigned PublicKey::bits() const { return static_cast<unsigned>(EVP_PKEY_get_bits(state_->key.get())); }
Bytes PublicKey::spki() const { return to_der(state_->key.get(), i2d_PUBKEY); }

bool PublicKey::verify(const SignatureScheme& scheme, ByteView message, ByteView signature) const {
  if (!fits(state_->type, scheme)) return false;
  const ErrorScope errors;
  std::optional<Bytes> der;
  if (scheme.kind == SchemeKind::EcdsaRaw) {
    der = raw_to_der(signature, raw_form_of(state_->type)->half_size);
    if (!der) return false;
    signature = *der;
  }
  const OwnedDigestCtx context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* key_context = nullptr;
  return EVP_DigestVerifyInit(context.get(), &key_context, digest_of(scheme), nullptr, state_->key.get()) > 0 &&
         set_padding(key_context, scheme.kind) &&
         EVP_DigestVerify(context.get(), as_uchar(signature), signature.size(), as_uchar(message), message.size()) == 1;
}

Result<PrivateKey, Error> PrivateKey::parse(ByteView pem_or_der, const Secret& password) {
  TRY_ASSIGN(OwnedKey key, read_private_key(pem_or_der, password));
  return Native::private_key(std::move(key));
}

PrivateKey PrivateKey::generate(KeyType type, unsigned rsa_bits) {
  const auto fresh = [&]() -> EVP_PKEY* {
    switch (type) {
      case KeyType::Rsa: return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_bits});
      case KeyType::EcdsaP256: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
      case KeyType::EcdsaP384: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
      case KeyType::EcdsaP521: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521");
      case KeyType::Ed25519: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      case KeyType::Ed448: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
      case KeyType::Other: return nullptr;
    }
    return nullptr;
  };
  OwnedKey key{fresh()};
  CHECK(key);
  return Native::private_key(std::move(key));
}

KeyType PrivateKey::type() const { return state_->type; }

PublicKey PrivateKey::public_key() const { return state_->public_key; }

Secret PrivateKey::to_pem() const {
  const OwnedBio out{BIO_new(BIO_s_mem())};
  CHECK(PEM_write_bio_PKCS8PrivateKey(out.get(), state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr));
  return Secret::copy_of(written_to(out.get()));
}

Result<Bytes, Error> PrivateKey::sign(const SignatureScheme& scheme, ByteView message) const {
  if (!fits(state_->type, scheme)) {
    return Failure{Error{
        fmt::format("a key of type {} cannot sign {}", crypto::to_string(state_->type), crypto::to_string(scheme)),
        ""}};
  }
  const ErrorScope errors;
  const OwnedDigestCtx context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* key_context = nullptr;
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get())));
  std::size_t size = signature.size();
  const bool is_signed =
      EVP_DigestSignInit(context.get(), &key_context, digest_of(scheme), nullptr, state_->key.get()) > 0 &&
      set_padding(key_context, scheme.kind) &&
      EVP_DigestSign(context.get(), writable(signature), &size, as_uchar(message), message.size()) == 1;
  if (!is_signed) return Failure{Error{"cannot sign: " + last_error(), ""}};
  signature.resize(size);
  return scheme.kind == SchemeKind::EcdsaRaw ? der_to_raw(signature, raw_form_of(state_->type)->half_size) : signature;
}

}  // namespace agilevpn::crypto
