#include "ike/message_cipher.h"

#include "base/check.h"
#include "base/codec.h"
#include "crypto/packet_cipher.h"

namespace agilevpn::ike {

namespace {

crypto::PacketCipher::Sizes sizes_of(const crypto::CipherSuite& suite) {
  const auto sizes = crypto::PacketCipher::sizes(suite);
  CHECK(sizes.has_value());
  return *sizes;
}

crypto::PacketCipher make_cipher(const crypto::CipherSuite& suite, const Secret& encryption, const Secret& integrity) {
  auto cipher = crypto::PacketCipher::make(suite, encryption.view(), integrity.view());
  CHECK(cipher.has_value());
  return *std::move(cipher);
}

constexpr std::size_t fragment_header_size = wire::header_size + wire::generic_payload_header_size + 4;

}  // namespace

MessageCipher::MessageCipher(const crypto::CipherSuite& suite, IkeKeys& keys, bool is_original_initiator)
    : suite_(suite) {
  outbound_encryption_ = std::move(is_original_initiator ? keys.sk_ei : keys.sk_er);
  outbound_integrity_ = std::move(is_original_initiator ? keys.sk_ai : keys.sk_ar);
  inbound_encryption_ = std::move(is_original_initiator ? keys.sk_er : keys.sk_ei);
  inbound_integrity_ = std::move(is_original_initiator ? keys.sk_ar : keys.sk_ai);
}

std::size_t MessageCipher::body_size(std::size_t text_size) const {
  const auto sizes = sizes_of(suite_);
  const std::size_t padded = (text_size + 1 + sizes.block - 1) / sizes.block * sizes.block;
  return sizes.iv + padded + sizes.icv;
}

std::vector<Bytes> MessageCipher::seal(const wire::Header& header, const wire::Payloads& payloads, std::size_t size_max,
                                       Random& random) {
  const wire::PayloadType first = payloads.empty() ? wire::PayloadType::None : payloads.front().type;
  return seal(header, first, wire::encode_payloads(payloads), size_max, random);
}

std::vector<Bytes> MessageCipher::seal(const wire::Header& header, wire::PayloadType first, ByteView text,
                                       std::size_t size_max, Random& random) {
  const std::size_t whole = wire::header_size + wire::generic_payload_header_size + body_size(text.size());
  if (size_max == 0 || whole <= size_max)
    return {seal_one(wire::encode_encrypted_prefix(header, first, body_size(text.size())), text, random)};

  const auto sizes = sizes_of(suite_);
  const std::size_t room = size_max - fragment_header_size - sizes.iv - sizes.icv - sizes.block;
  const std::size_t total = (text.size() + room - 1) / room;
  CHECK(total <= 0xffff);
  std::vector<Bytes> fragments;
  for (std::size_t i = 0; i < total; ++i) {
    const ByteView part = text.subspan(i * room, std::min(room, text.size() - i * room));
    fragments.push_back(
        seal_one(wire::encode_fragment_prefix(header, i == 0 ? first : wire::PayloadType::None,
                                              static_cast<std::uint16_t>(i + 1), static_cast<std::uint16_t>(total),
                                              body_size(part.size())),
                 part, random));
  }
  return fragments;
}

Bytes MessageCipher::seal_one(Bytes datagram, ByteView text, Random& random) {
  const auto sizes = sizes_of(suite_);
  const std::size_t prefix = datagram.size();
  Bytes iv = crypto::is_aead(suite_.encryption) ? Writer{}.u64(next_iv_++).take() : random.public_bytes(sizes.iv);
  append(datagram, iv);
  append(datagram, text);
  const std::size_t padded = body_size(text.size()) - sizes.iv - sizes.icv;
  datagram.resize(prefix + sizes.iv + padded - 1);
  datagram.push_back(static_cast<std::byte>(padded - text.size() - 1));  // Pad Length
  datagram.resize(datagram.size() + sizes.icv);
  const MutableByteView all{datagram};
  make_cipher(suite_, outbound_encryption_, outbound_integrity_)
      .seal(all.first(prefix), iv, all.subspan(prefix + sizes.iv, padded), all.last(sizes.icv));
  return datagram;
}

std::optional<Bytes> MessageCipher::open(ByteView datagram, ByteView body) const {
  const auto sizes = sizes_of(suite_);
  if (body.size() < sizes.iv + sizes.block + sizes.icv || datagram.size() < body.size()) return std::nullopt;
  Bytes text = to_bytes(body.subspan(sizes.iv, body.size() - sizes.iv - sizes.icv));
  if (text.size() % sizes.block != 0) return std::nullopt;
  auto cipher = make_cipher(suite_, inbound_encryption_, inbound_integrity_);
  if (!cipher.open(datagram.first(datagram.size() - body.size()), body.first(sizes.iv), text, body.last(sizes.icv)))
    return std::nullopt;
  const auto pad_length = std::to_integer<std::size_t>(text.back());
  if (pad_length + 1 > text.size()) return std::nullopt;
  text.resize(text.size() - pad_length - 1);
  return text;
}

MessageCipher::KeyView MessageCipher::keys(bool is_original_initiator) const {
  if (is_original_initiator)
    return {outbound_encryption_.view(), inbound_encryption_.view(), outbound_integrity_.view(),
            inbound_integrity_.view()};
  return {inbound_encryption_.view(), outbound_encryption_.view(), inbound_integrity_.view(),
          outbound_integrity_.view()};
}

Reassembly::Result Reassembly::add(Instant now, std::uint32_t message_id,
                                   const wire::EncryptedFragmentPayload& fragment, ByteView prefix, Bytes text) {
  // A larger total means that the peer cut the message anew, into smaller pieces (RFC 7383 §2.6.1).
  if (parts_.empty() || message_id != message_id_ || fragment.total > total_) {
    clear();
    message_id_ = message_id;
    total_ = fragment.total;
    started_ = now;
  }
  if (fragment.total != total_ || fragment.number > total_ || parts_.contains(fragment.number)) return Result::Ignored;
  if (size_ + text.size() > limits::fragment_sets_bytes_max) {
    clear();
    return Result::Ignored;
  }
  if (fragment.number == 1) {
    first_ = fragment.first_inner;
    prefix_ = to_bytes(prefix);
  }
  size_ += text.size();
  parts_.emplace(fragment.number, std::move(text));
  return parts_.size() == total_ ? Result::Complete : Result::Incomplete;
}

Opened Reassembly::take() {
  Opened whole{.first = first_, .octets = {}, .prefix = std::move(prefix_)};
  for (const auto& [number, part] : parts_) append(whole.octets, part);
  clear();
  return whole;
}

void Reassembly::clear() { *this = Reassembly{}; }

}  // namespace agilevpn::ike
