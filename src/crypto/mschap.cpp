#include "crypto/mschap.h"

#include <openssl/provider.h>

#include "base/utf8.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

// Freed from the last to the first: what was fetched, the providers, the context.
struct MsChap::Algorithms {
  Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context{OSSL_LIB_CTX_new()};
  Owned<OSSL_PROVIDER, OSSL_PROVIDER_unload> standard, legacy;
  Owned<EVP_MD, EVP_MD_free> md4, sha1;
  Owned<EVP_CIPHER, EVP_CIPHER_free> des;

  Secret digest(const EVP_MD* algorithm, std::initializer_list<ByteView> parts) const;
  void encrypt(ByteView clear, ByteView key, MutableByteView cipher_text) const;
};

MsChap::MsChap(std::unique_ptr<Algorithms> algorithms) : algorithms_(std::move(algorithms)) {}
MsChap::MsChap(MsChap&&) noexcept = default;
MsChap& MsChap::operator=(MsChap&&) noexcept = default;
MsChap::~MsChap() = default;

Result<MsChap, Error> MsChap::load(const std::string& module_folder) {
  const ErrorScope errors;
  auto loaded = std::make_unique<Algorithms>();
  OSSL_LIB_CTX* context = loaded->context.get();
  CHECK(context);
  if (!module_folder.empty()) CHECK(OSSL_PROVIDER_set_default_search_path(context, module_folder.c_str()));
  loaded->standard.reset(OSSL_PROVIDER_load(context, "default"));
  loaded->legacy.reset(OSSL_PROVIDER_load(context, "legacy"));
  loaded->md4.reset(EVP_MD_fetch(context, "MD4", nullptr));
  loaded->sha1.reset(EVP_MD_fetch(context, "SHA1", nullptr));
  loaded->des.reset(EVP_CIPHER_fetch(context, "DES-ECB", nullptr));
  if (!loaded->md4 || !loaded->sha1 || !loaded->des)
    return Failure{Error{"MSCHAPv2 cannot be used: OpenSSL's legacy provider, which has MD4 and DES, is not installed",
                         "install the package openssl-provider-legacy, or use certificates"}};
  return MsChap{std::move(loaded)};
}

std::string to_upper_hex(ByteView octets) {
  std::string text = to_hex(octets);
  for (char& digit : text)
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  return text;
}

Secret MsChap::Algorithms::digest(const EVP_MD* algorithm, std::initializer_list<ByteView> parts) const {
  const OwnedDigestCtx digest{EVP_MD_CTX_new()};
  CHECK(EVP_DigestInit_ex2(digest.get(), algorithm, nullptr));
  for (const ByteView part : parts) CHECK(EVP_DigestUpdate(digest.get(), part.data(), part.size()));
  Secret result{static_cast<std::size_t>(EVP_MD_get_size(algorithm))};
  CHECK(EVP_DigestFinal_ex(digest.get(), writable(result.mutable_view()), nullptr));
  return result;
}

// RFC 2759 §8.6: 7 octets of key become 8, whose lowest bits are parity, which nobody checks.
void MsChap::Algorithms::encrypt(ByteView clear, ByteView key, MutableByteView cipher_text) const {
  std::uint64_t bits = 0;
  for (const std::byte octet : key) bits = bits << 8 | std::to_integer<std::uint64_t>(octet);
  Secret expanded{8};
  for (std::size_t i = 0; i < 8; ++i)
    expanded.mutable_view()[i] = static_cast<std::byte>((bits >> (49 - 7 * i)) << 1 & 0xfeu);
  const OwnedCipherCtx cipher{EVP_CIPHER_CTX_new()};
  CHECK(EVP_EncryptInit_ex2(cipher.get(), des.get(), as_uchar(expanded.view()), nullptr, nullptr));
  EVP_CIPHER_CTX_set_padding(cipher.get(), 0);
  int size = 0;
  CHECK(EVP_EncryptUpdate(cipher.get(), writable(cipher_text), &size, as_uchar(clear), int_size(clear)));
  CHECK(static_cast<std::size_t>(size) == cipher_text.size());
}

namespace {

constexpr std::size_t password_units_max = 256;  // RFC 2759 §8.1: "0-to-256-unicode-char Password"

void append_utf16le(Secret& text, std::size_t& size, char32_t unit) {
  text.mutable_view()[size++] = static_cast<std::byte>(unit & 0xffu);
  text.mutable_view()[size++] = static_cast<std::byte>(unit >> 8);
}

Result<Secret, Error> password_to_utf16le(const Secret& password) {
  Secret text{2 * password_units_max};
  std::size_t size = 0;
  ByteView rest = password.view();
  while (const auto code_point = take_code_point(rest)) {
    const bool is_pair = *code_point > 0xffff;
    if (size / 2 + (is_pair ? 2 : 1) > password_units_max)
      return Failure{Error{"the password is longer than 256 characters", ""}};
    if (is_pair) append_utf16le(text, size, 0xd800 + ((*code_point - 0x10000) >> 10));
    append_utf16le(text, size, is_pair ? 0xdc00 + (*code_point & 0x3ffu) : *code_point);
  }
  if (!rest.empty()) return Failure{Error{"the password is not UTF-8", ""}};
  return Secret::copy_of(text.view().first(size));
}

// RFC 2759 §8.2: "excluding any prepended domain name".
std::string_view without_domain(std::string_view user) {
  const auto backslash = user.find('\\');
  return backslash == std::string_view::npos ? user : user.substr(backslash + 1);
}

}  // namespace

Result<Secret, Error> MsChap::nt_password_hash(const Secret& password) const {
  TRY_ASSIGN(const Secret text, password_to_utf16le(password));
  return algorithms_->digest(algorithms_->md4.get(), {text.view()});
}

Secret MsChap::hash_nt_password_hash(const Secret& password_hash) const {
  return algorithms_->digest(algorithms_->md4.get(), {password_hash.view()});
}

std::array<std::byte, 8> MsChap::challenge_hash(const MsChapInputs& inputs) const {
  const Secret digest = algorithms_->digest(
      algorithms_->sha1.get(),
      {inputs.peer_challenge, inputs.authenticator_challenge, as_bytes(without_domain(inputs.user))});
  std::array<std::byte, 8> challenge{};
  std::ranges::copy(digest.view().first<8>(), challenge.begin());
  return challenge;
}

// §8.5
NtResponse MsChap::nt_response(const Secret& password_hash, const MsChapInputs& inputs) const {
  const std::array<std::byte, 8> challenge = challenge_hash(inputs);
  Secret padded{21};
  std::ranges::copy(password_hash.view().first<16>(), padded.mutable_view().begin());
  NtResponse response{};
  for (std::size_t i = 0; i < 3; ++i)
    algorithms_->encrypt(challenge, padded.view().subspan(7 * i, 7), MutableByteView{response}.subspan(8 * i, 8));
  return response;
}

bool MsChap::is_nt_response(const NtResponse& claimed, const Secret& password_hash, const MsChapInputs& inputs) const {
  return equal_in_constant_time(claimed, nt_response(password_hash, inputs));
}

std::string MsChap::authenticator_response(const Secret& password_hash, const NtResponse& response,
                                           const MsChapInputs& inputs) const {
  const EVP_MD* sha1 = algorithms_->sha1.get();
  const Secret hash_hash = hash_nt_password_hash(password_hash);
  const Secret inner =
      algorithms_->digest(sha1, {hash_hash.view(), response, as_bytes("Magic server to client signing constant")});
  const Secret outer = algorithms_->digest(
      sha1, {inner.view(), challenge_hash(inputs), as_bytes("Pad to make it do more than one iteration")});
  return "S=" + to_upper_hex(outer.view());
}

bool MsChap::is_authenticator_response(std::string_view claimed, const Secret& password_hash,
                                       const NtResponse& response, const MsChapInputs& inputs) const {
  const auto digits = claimed.starts_with("S=") ? from_hex(claimed.substr(2)) : std::nullopt;
  const auto expected = from_hex(authenticator_response(password_hash, response, inputs).substr(2));
  return digits && equal_in_constant_time(*digits, *expected);
}

Secret MsChap::master_key(const Secret& password_hash, const NtResponse& response) const {
  const Secret digest = algorithms_->digest(
      algorithms_->sha1.get(),
      {hash_nt_password_hash(password_hash).view(), response, as_bytes("This is the MPPE Master Key")});
  return Secret::copy_of(digest.view().first(16));
}

// GetAsymmetricStartKey()
MsChap::Keys MsChap::keys(const Secret& password_hash, const NtResponse& response) const {
  const Secret master = master_key(password_hash, response);
  std::array<std::byte, 40> pad1{}, pad2{};
  pad2.fill(std::byte{0xf2});
  const auto start_key = [&](std::string_view magic) {
    const Secret digest = algorithms_->digest(algorithms_->sha1.get(), {master.view(), pad1, as_bytes(magic), pad2});
    return Secret::copy_of(digest.view().first(16));
  };
  return {.client_to_server =
              start_key("On the client side, this is the send key; on the server side, it is the receive key."),
          .server_to_client =
              start_key("On the client side, this is the receive key; on the server side, it is the send key.")};
}

Secret MsChap::msk(const Secret& password_hash, const NtResponse& response) const {
  const Keys halves = keys(password_hash, response);
  Secret msk{64};
  std::ranges::copy(halves.client_to_server.view(), msk.mutable_view().begin());
  std::ranges::copy(halves.server_to_client.view(), msk.mutable_view().begin() + 16);
  return msk;
}

}  // namespace agilevpn::crypto
