#include "eap/peap_binding.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/mac.h"

namespace agilevpn::eap::peap {

namespace {

constexpr std::uint16_t result_type = 3, binding_type = 12, mandatory = 0x8000, type_bits = 0x3fff;
constexpr std::size_t binding_value_size = 56, nonce_at = 8, mac_at = 40, mac_size = 20, subtype_at = 7;
constexpr std::byte peap_type{25};

using Mac = std::array<std::byte, mac_size>;

Mac compound_mac(const Keys& keys, Binding binding) {
  std::ranges::fill(std::span{binding}.subspan<mac_at>(), std::byte{0});
  crypto::Mac hmac{crypto::MacId::HmacSha1, keys.cmk.view()};
  hmac.update(binding);
  hmac.update({&peap_type, 1});
  Mac mac{};
  hmac.finish(mac);
  return mac;
}

}  // namespace

Secret prf_plus(ByteView key, ByteView seed, std::size_t size) {
  CHECK(size < 256);
  Secret out{size};
  crypto::Mac hmac{crypto::MacId::HmacSha1, key};
  std::array<std::byte, mac_size> block{};
  for (std::size_t at = 0, n = 1; at < size; at += mac_size, ++n) {
    if (n > 1) hmac.restart();
    if (n > 1) hmac.update(block);
    hmac.update(seed);
    hmac.update(std::array{static_cast<std::byte>(n), std::byte{0}, std::byte{0}});
    hmac.finish(block);
    std::ranges::copy(std::span{block}.first(std::min(mac_size, size - at)),
                      out.mutable_view().begin() + static_cast<std::ptrdiff_t>(at));
  }
  wipe(block);
  return out;
}

Keys derive_keys(ByteView tunnel_key, ByteView inner_msk) {
  CHECK(tunnel_key.size() >= 40);
  Secret seed{27 + 32};
  const auto end = std::ranges::copy(as_bytes("Inner Methods Compound Keys"), seed.mutable_view().begin()).out;
  std::ranges::copy(inner_msk.first(std::min<std::size_t>(32, inner_msk.size())), end);
  const Secret both = prf_plus(tunnel_key.first(40), seed.view(), 60);
  return {Secret::copy_of(both.view().first(40)), Secret::copy_of(both.view().subspan(40))};
}

Secret msk(const Keys& keys) {
  using namespace std::literals;
  const Secret csk = prf_plus(keys.ipmk.view(), as_bytes("Session Key Generating Function\0"sv), 128);
  return Secret::copy_of(csk.view().first(64));
}

Binding make_binding(const Keys& keys, Subtype subtype, const Nonce& nonce) {
  Binding binding{};
  binding[1] = std::byte{binding_type};
  binding[3] = std::byte{binding_value_size};
  binding[subtype_at] = static_cast<std::byte>(subtype);
  std::ranges::copy(nonce, binding.begin() + nonce_at);
  std::ranges::copy(compound_mac(keys, binding), binding.begin() + mac_at);
  return binding;
}

bool is_binding(const Binding& claimed, const Keys& keys, Subtype subtype) {
  const Mac right = compound_mac(keys, claimed);
  return claimed[subtype_at] == static_cast<std::byte>(subtype) &&
         equal_in_constant_time(right, std::span{claimed}.subspan<mac_at>());
}

Decoded<Extensions> decode_extensions(ByteView type_data) {
  using Kind = DecodeError::Kind;
  Reader in{type_data};
  Extensions extensions;
  while (!in.at_end()) {
    const std::size_t at = in.offset();
    TRY_ASSIGN(const std::uint16_t head, in.u16("TLV Type"));
    TRY_ASSIGN(const std::uint16_t length, in.u16("TLV Length"));
    TRY_ASSIGN(const ByteView value, in.take(length, "TLV Length"));
    const std::uint16_t type = head & type_bits;
    if (type == result_type) {
      if (length != 2 || extensions.result) return Failure{DecodeError{Kind::BadLength, at, "Result TLV"}};
      const auto result = Reader{value}.u16("Result");
      if (*result != 1 && *result != 2) return Failure{DecodeError{Kind::BadValue, at, "Result"}};
      extensions.result = static_cast<Result>(*result);
    } else if (type == binding_type) {
      if (length != binding_value_size || extensions.binding)
        return Failure{DecodeError{Kind::BadLength, at, "Cryptobinding TLV"}};
      std::ranges::copy(type_data.subspan(at, binding_size), extensions.binding.emplace().begin());
    } else if ((head & mandatory) != 0) {
      return Failure{DecodeError{Kind::BadValue, at, "a mandatory TLV that is unknown"}};
    }
  }
  return extensions;
}

Bytes encode(const Extensions& extensions) {
  Writer out;
  if (extensions.result) out.u16(mandatory | result_type).u16(2).u16(static_cast<std::uint16_t>(*extensions.result));
  if (extensions.binding) out.bytes(*extensions.binding);
  return std::move(out).take();
}

}  // namespace agilevpn::eap::peap
