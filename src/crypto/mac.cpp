#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

#include "base/secret.h"

namespace agilevpn::crypto {

namespace {

using OwnedMac = Owned<EVP_MAC, EVP_MAC_free>;

HashId hash_of(MacId id) {
  switch (id) {
    case MacId::HmacSha1: return HashId::Sha1;
    case MacId::HmacSha2_256: return HashId::Sha2_256;
    case MacId::HmacSha2_384: return HashId::Sha2_384;
    case MacId::HmacSha2_512: return HashId::Sha2_512;
    case MacId::AesXcbc:
    case MacId::AesCmac: break;
  }
  return HashId::Identity;
}

OwnedMacCtx prepared(EVP_MAC* mac, const char* parameter, const char* algorithm) {
  OwnedMacCtx context{EVP_MAC_CTX_new(mac)};
  const std::array parameters = {OSSL_PARAM_construct_utf8_string(parameter, const_cast<char*>(algorithm), 0),
                                 OSSL_PARAM_construct_end()};
  static constexpr std::array<unsigned char, AesXcbc::block_size> any_key{};  // A context without one cannot be copied.
  CHECK(EVP_MAC_init(context.get(), any_key.data(), any_key.size(), parameters.data()));
  return context;
}

// A context that knows its digest or cipher: a new one looks that up by name, which takes longer than all the rest of
// a short message. Not for AesXcbc.
const EVP_MAC_CTX* prepared(MacId id) {
  static const OwnedMac hmac{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
  static const OwnedMac cmac{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_CMAC, nullptr)};
  const auto hmac_with = [](MacId with) {
    return prepared(hmac.get(), OSSL_MAC_PARAM_DIGEST, EVP_MD_get0_name(digest(hash_of(with))));
  };
  static const OwnedMacCtx aes_cmac = prepared(cmac.get(), OSSL_MAC_PARAM_CIPHER, "AES-128-CBC");
  static const std::array hmacs = {hmac_with(MacId::HmacSha1), hmac_with(MacId::HmacSha2_256),  // As MacId counts.
                                   hmac_with(MacId::HmacSha2_384), hmac_with(MacId::HmacSha2_512)};
  return id == MacId::AesCmac ? aes_cmac.get() : hmacs.at(static_cast<std::size_t>(id)).get();
}

}  // namespace

std::variant<Mac::Evp, AesXcbc> Mac::make(MacId id, ByteView key) {
  if (id == MacId::AesXcbc) return AesXcbc{key};
  Evp state{OwnedMacCtx{EVP_MAC_CTX_dup(prepared(id))}};
  static constexpr unsigned char empty_key = 0;  // A null pointer would mean "keep the key".
  CHECK(EVP_MAC_init(state.context.get(), key.empty() ? &empty_key : as_uchar(key), key.size(), nullptr));
  return state;
}

void Mac::Evp::restart() { CHECK(EVP_MAC_init(context.get(), nullptr, 0, nullptr)); }

void Mac::Evp::update(ByteView octets) { CHECK(EVP_MAC_update(context.get(), as_uchar(octets), octets.size())); }

void Mac::Evp::finish(MutableByteView out) {
  std::array<std::byte, EVP_MAX_MD_SIZE> whole;
  std::size_t size = 0;
  CHECK(EVP_MAC_final(context.get(), writable(whole), &size, whole.size()));
  CHECK(out.size() <= size);
  std::ranges::copy(ByteView{whole}.first(out.size()), out.begin());
  wipe(whole);
}

Mac::Mac(MacId id, ByteView key) : state_(make(id, key)) {}

std::size_t Mac::size(MacId id) {
  const HashId hash = hash_of(id);
  return hash == HashId::Identity ? AesXcbc::block_size : static_cast<std::size_t>(EVP_MD_get_size(digest(hash)));
}

void Mac::restart() {
  std::visit([](auto& state) { state.restart(); }, state_);
}
void Mac::update(ByteView octets) {
  std::visit([&](auto& state) { state.update(octets); }, state_);
}
void Mac::finish(MutableByteView out) {
  std::visit([&](auto& state) { state.finish(out); }, state_);
}

}  // namespace agilevpn::crypto
