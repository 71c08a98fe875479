#include "radius/hidden.h"

#include "base/check.h"
#include "crypto/md5.h"

namespace agilevpn::radius {

namespace {

constexpr std::size_t block_size = 16;
constexpr std::size_t salt_size = 2;
constexpr std::size_t msk_size = 64;

std::size_t whole_blocks(std::size_t size) { return (size + block_size - 1) / block_size * block_size; }

enum class Way : std::uint8_t { Hide, Reveal };

// b(1) = MD5(S + first), c(1) = p(1) xor b(1); b(i) = MD5(S + c(i-1)), c(i) = p(i) xor b(i).
Secret chained_xor(ByteView in, const Secret& secret, std::initializer_list<ByteView> first, Way way) {
  Secret out = Secret::copy_of(in);
  const Bytes seed = concat(first);
  ByteView previous = seed;
  for (std::size_t at = 0; at < in.size(); at += block_size) {
    const crypto::Md5Digest pad = crypto::md5({secret.view(), previous});
    const MutableByteView block = out.mutable_view().subspan(at, block_size);
    for (std::size_t i = 0; i < block_size; ++i) block[i] ^= pad[i];
    previous = (way == Way::Hide ? out.view() : in).subspan(at, block_size);
  }
  return out;
}

}  // namespace

Bytes hide_password(ByteView password, const Authenticator& of_request, const Secret& secret) {
  CHECK(password.size() <= password_largest);
  Secret padded{std::max(block_size, whole_blocks(password.size()))};
  std::ranges::copy(password, padded.mutable_view().begin());
  return to_bytes(chained_xor(padded.view(), secret, {of_request}, Way::Hide).view());
}

std::optional<Secret> reveal_password(ByteView value, const Authenticator& of_request, const Secret& secret) {
  if (value.empty() || value.size() % block_size != 0 || value.size() > password_largest) return std::nullopt;
  const Secret padded = chained_xor(value, secret, {of_request}, Way::Reveal);
  ByteView password = padded.view();
  while (!password.empty() && password.back() == std::byte{0}) password = password.first(password.size() - 1);
  return Secret::copy_of(password);
}

Bytes hide_key(ByteView key, std::uint16_t salt, const Authenticator& of_request, const Secret& secret) {
  CHECK(key.size() < 0x100 && (salt & 0x8000) != 0);
  Secret plain{whole_blocks(1 + key.size())};
  plain.mutable_view()[0] = static_cast<std::byte>(key.size());
  std::ranges::copy(key, plain.mutable_view().begin() + 1);
  Writer out;
  out.u16(salt);
  const Bytes salt_octets = to_bytes(out.view());
  return std::move(out.bytes(chained_xor(plain.view(), secret, {of_request, salt_octets}, Way::Hide).view())).take();
}

std::optional<Secret> reveal_key(ByteView value, const Authenticator& of_request, const Secret& secret) {
  if (value.size() < salt_size + block_size || (value.size() - salt_size) % block_size != 0) return std::nullopt;
  const ByteView salt = value.first(salt_size);
  const Secret plain = chained_xor(value.subspan(salt_size), secret, {of_request, salt}, Way::Reveal);
  const auto size = std::to_integer<std::size_t>(plain.view()[0]);
  if (size == 0 || size >= plain.size()) return std::nullopt;
  return Secret::copy_of(plain.view().subspan(1, size));
}

std::optional<Secret> reveal_msk(const Attributes& attributes, const Authenticator& of_request, const Secret& secret) {
  const Attribute* const recv = attributes.find(MicrosoftType::MppeRecvKey);
  const Attribute* const send = attributes.find(MicrosoftType::MppeSendKey);
  if (!recv || !send) return std::nullopt;
  const auto recv_key = reveal_key(recv->value, of_request, secret);
  const auto send_key = reveal_key(send->value, of_request, secret);
  if (!recv_key || !send_key || recv_key->size() + send_key->size() > msk_size) return std::nullopt;
  Secret msk{msk_size};
  const auto rest = std::ranges::copy(recv_key->view(), msk.mutable_view().begin()).out;
  std::ranges::copy(send_key->view(), rest);
  return msk;
}

void add_msk(Attributes& attributes, ByteView msk, std::uint16_t salt, const Authenticator& of_request,
             const Secret& secret) {
  const std::size_t half = msk.size() / 2;
  const auto first_salt = static_cast<std::uint16_t>(salt | 0x8000);
  const auto second_salt = static_cast<std::uint16_t>(first_salt ^ 1);
  attributes.add(MicrosoftType::MppeRecvKey, hide_key(msk.first(half), first_salt, of_request, secret));
  attributes.add(MicrosoftType::MppeSendKey, hide_key(msk.subspan(half), second_salt, of_request, secret));
}

}  // namespace agilevpn::radius
