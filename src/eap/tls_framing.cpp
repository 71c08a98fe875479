#include "eap/tls_framing.h"

#include <fmt/format.h>

#include <utility>

#include "eap/limits.h"

namespace agilevpn::eap {

namespace {

constexpr std::uint8_t length_included = 0x80, more_fragments = 0x40, start_bit = 0x20, version_bits = 0x07;
constexpr std::size_t flags_and_length = 5;

}  // namespace

Decoded<TlsFragment> decode_tls_fragment(ByteView type_data) {
  Reader in{type_data};
  TRY_ASSIGN(const std::uint8_t flags, in.u8("Flags"));
  TlsFragment fragment{.message_length = {},
                       .has_more = (flags & more_fragments) != 0,
                       .is_start = (flags & start_bit) != 0,
                       .version = static_cast<std::uint8_t>(flags & version_bits),
                       .data = {}};
  if ((flags & length_included) != 0) {
    TRY_ASSIGN(fragment.message_length, in.u32("TLS Message Length"));
  }
  fragment.data = in.rest();
  return fragment;
}

Bytes encode(const TlsFragment& fragment) {
  Writer out;
  out.u8(static_cast<std::uint8_t>((fragment.message_length ? length_included : 0) |
                                   (fragment.has_more ? more_fragments : 0) | (fragment.is_start ? start_bit : 0) |
                                   fragment.version));
  if (fragment.message_length) out.u32(*fragment.message_length);
  return std::move(out.bytes(fragment.data)).take();
}

Result<std::variant<Bytes, TlsFraming::Message>, std::string> TlsFraming::handle(ByteView type_data) {
  using Turn = std::variant<Bytes, Message>;
  const auto fragment = decode_tls_fragment(type_data);
  if (!fragment) return Failure{fmt::format("its packet is malformed: {}", fragment.error().to_string())};
  if (sent_ < outgoing_.size()) {
    TRY_ASSIGN(Bytes next, handle_acknowledgement(*fragment));
    return Turn{std::move(next)};
  }
  if (fragment->is_start) return Turn{Message{true, to_bytes(fragment->data)}};
  TRY(take(*fragment));
  if (fragment->has_more) return Turn{encode(TlsFragment{})};
  if (expected_ && *expected_ != incoming_.size())
    return Failure{fmt::format("it promised a TLS message of {} octets and sent {}", *expected_, incoming_.size())};
  expected_.reset();
  return Turn{Message{false, std::exchange(incoming_, {})}};
}

Result<Bytes, std::string> TlsFraming::handle_acknowledgement(const TlsFragment& fragment) {
  if (!fragment.data.empty() || fragment.has_more || fragment.is_start)
    return Failure{std::string{"it does not acknowledge a fragment but talks"}};
  return next_fragment();
}

Result<void, std::string> TlsFraming::take(const TlsFragment& fragment) {
  if (fragment.has_more && fragment.data.empty())
    return Failure{std::string{"it sends fragments with nothing in them"}};
  if (fragment.message_length && incoming_.empty()) expected_ = fragment.message_length;
  const std::size_t size = incoming_.size() + fragment.data.size();
  if (std::max<std::size_t>(size, expected_.value_or(0)) > limits::tls_message_size_max)
    return Failure{fmt::format("its TLS message has more than {} octets", limits::tls_message_size_max)};
  append(incoming_, fragment.data);
  return {};
}

Bytes TlsFraming::send(Bytes message) {
  outgoing_ = std::move(message);
  sent_ = 0;
  return next_fragment();
}

Bytes TlsFraming::next_fragment() {
  TlsFragment fragment;
  const bool is_whole = sent_ == 0 && outgoing_.size() + 1 <= type_data_max_;
  if (sent_ == 0 && !is_whole) fragment.message_length = static_cast<std::uint32_t>(outgoing_.size());
  const std::size_t room = type_data_max_ - (fragment.message_length ? flags_and_length : 1);
  fragment.data = ByteView{outgoing_}.subspan(sent_, std::min(room, outgoing_.size() - sent_));
  fragment.has_more = sent_ + fragment.data.size() < outgoing_.size();
  sent_ += fragment.data.size();
  return encode(fragment);
}

}  // namespace agilevpn::eap
