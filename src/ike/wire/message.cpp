#include "ike/wire/message.h"

#include "base/check.h"
#include "ike/wire/limits.h"
#include "ike/wire/payload_codec.h"

namespace agilevpn::ike::wire {

namespace {

using Kind = DecodeError::Kind;

constexpr std::uint8_t flag_initiator = 0x08;
constexpr std::uint8_t flag_version = 0x10;
constexpr std::uint8_t flag_response = 0x20;
constexpr std::uint8_t flag_critical = 0x80;
constexpr std::size_t fragment_numbers_size = 4;

// The header with the two fields that exist on the wire only.
struct WireHeader {
  Header header;
  PayloadType next_payload = PayloadType::None;
  std::uint32_t length = 0;
};

// RFC 7296 §3.1. The reserved flags are ignored.
Decoded<WireHeader> read_header(Reader& in) {
  TRY_ASSIGN(const auto spi_i, in.u64("IKE SA Initiator's SPI"));
  TRY_ASSIGN(const auto spi_r, in.u64("IKE SA Responder's SPI"));
  TRY_ASSIGN(const auto next_payload, in.u8("Next Payload"));
  TRY_ASSIGN(const auto version, in.u8("Version"));
  TRY_ASSIGN(const auto exchange, in.u8("Exchange Type"));
  TRY_ASSIGN(const auto flags, in.u8("Flags"));
  TRY_ASSIGN(const auto message_id, in.u32("Message ID"));
  TRY_ASSIGN(const auto length, in.u32("Length"));
  return WireHeader{.header = {.spi_i = {spi_i},
                               .spi_r = {spi_r},
                               .exchange = ExchangeType{exchange},
                               .major_version = static_cast<std::uint8_t>(version >> 4),
                               .minor_version = static_cast<std::uint8_t>(version & 0x0f),
                               .is_from_original_initiator = (flags & flag_initiator) != 0,
                               .has_higher_version = (flags & flag_version) != 0,
                               .is_response = (flags & flag_response) != 0,
                               .message_id = message_id},
                    .next_payload = PayloadType{next_payload},
                    .length = length};
}

void write_header(Writer& out, const Header& header, PayloadType next_payload, std::size_t length) {
  CHECK(length <= limits::message_max && header.major_version < 16 && header.minor_version < 16);
  out.u64(header.spi_i.value).u64(header.spi_r.value);
  out.u8(static_cast<std::uint8_t>(next_payload));
  out.u8(static_cast<std::uint8_t>(header.major_version << 4 | header.minor_version));
  out.u8(static_cast<std::uint8_t>(header.exchange));
  out.u8(static_cast<std::uint8_t>((header.is_from_original_initiator ? flag_initiator : 0) |
                                   (header.has_higher_version ? flag_version : 0) |
                                   (header.is_response ? flag_response : 0)));
  out.u32(header.message_id).u32(static_cast<std::uint32_t>(length));
}

bool is_encrypted(PayloadType type) { return type == PayloadType::Encrypted || type == PayloadType::EncryptedFragment; }

// One payload of the given type (§3.2); its Next Payload goes to `type`. The reserved bits are ignored.
Decoded<Payload> read_payload(Reader& in, PayloadType& type) {
  TRY_ASSIGN(const auto next, in.u8("Next Payload"));
  TRY_ASSIGN(const auto flags, in.u8("Critical bit"));
  TRY_ASSIGN(const auto length, in.u16("Payload Length"));
  if (length < generic_payload_header_size) return in.fail(Kind::BadLength, "Payload Length", 2);
  TRY_ASSIGN(Reader octets, in.sub(length - generic_payload_header_size, "payload"));
  TRY_ASSIGN(PayloadBody body, decode_body(type, PayloadType{next}, octets));
  TRY(octets.expect_end("payload"));
  return Payload{std::exchange(type, PayloadType{next}), (flags & flag_critical) != 0, std::move(body)};
}

// SK and SKF end the chain, as "it MUST be the last payload in the message" (§3.14), and hold no other of their kind.
enum class Place : std::uint8_t { Outside, InsideSk };

Decoded<Payloads> read_chain(Reader& in, PayloadType type, Place place) {
  Payloads payloads;
  while (type != PayloadType::None) {
    const bool is_last = is_encrypted(type);
    if (is_last && place == Place::InsideSk) return in.fail(Kind::BadValue, "Encrypted payload");
    if (payloads.size() == limits::payloads_max) return in.fail(Kind::TooMany, "payloads");
    TRY_ASSIGN(Payload payload, read_payload(in, type));
    payloads.push_back(std::move(payload));
    if (is_last) break;
  }
  TRY(in.expect_end("payloads"));
  return payloads;
}

// What stands in a payload's Next Payload field: the next one's type, but for SK and SKF the first inner payload's.
PayloadType next_of(const Payloads& payloads, std::size_t index) {
  const PayloadBody& body = payloads[index].body;
  if (const auto* encrypted = std::get_if<EncryptedPayload>(&body)) return encrypted->first_inner;
  if (const auto* fragment = std::get_if<EncryptedFragmentPayload>(&body)) return fragment->first_inner;
  return index + 1 < payloads.size() ? payloads[index + 1].type : PayloadType::None;
}

void write_chain(Writer& out, const Payloads& payloads) {
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const std::size_t start = out.size();
    out.u8(static_cast<std::uint8_t>(next_of(payloads, i))).u8(payloads[i].is_critical ? flag_critical : 0).u16(0);
    encode_body(out, payloads[i].body);
    patch_length(out, start + 2, start);
  }
}

// Header and generic header of a message whose only payload is SK or SKF; `size` counts what follows.
Writer encrypted_prefix(const Header& header, PayloadType type, PayloadType first_inner, std::size_t size) {
  const std::size_t payload_size = generic_payload_header_size + size;
  CHECK(payload_size <= 0xffff);
  Writer out;
  write_header(out, header, type, header_size + payload_size);
  out.u8(static_cast<std::uint8_t>(first_inner)).u8(0).u16(static_cast<std::uint16_t>(payload_size));
  return out;
}

}  // namespace

Decoded<Header> decode_header(ByteView datagram) {
  Reader in{datagram};
  TRY_ASSIGN(const WireHeader read, read_header(in));
  return read.header;
}

Decoded<Message> decode_message(ByteView datagram) {
  Reader in{datagram};
  TRY_ASSIGN(const WireHeader read, read_header(in));
  if (read.header.major_version != 2) return Failure{DecodeError{Kind::BadValue, 17, "Major Version"}};
  if (read.length != datagram.size()) return in.fail(Kind::BadLength, "Length", 4);
  TRY_ASSIGN(Payloads payloads, read_chain(in, read.next_payload, Place::Outside));
  return Message{read.header, std::move(payloads)};
}

Decoded<Payloads> decode_payloads(PayloadType first, ByteView octets, std::size_t origin) {
  Reader in{octets, origin};
  return read_chain(in, first, Place::InsideSk);
}

Bytes encode_message(const Message& message) {
  const Bytes chain = encode_payloads(message.payloads);
  const PayloadType first = message.payloads.empty() ? PayloadType::None : message.payloads.front().type;
  Writer out;
  write_header(out, message.header, first, header_size + chain.size());
  out.bytes(chain);
  return std::move(out).take();
}

Bytes encode_payloads(const Payloads& payloads) {
  Writer out;
  write_chain(out, payloads);
  return std::move(out).take();
}

Bytes encode_encrypted_prefix(const Header& header, PayloadType first_inner, std::size_t body_size) {
  return encrypted_prefix(header, PayloadType::Encrypted, first_inner, body_size).take();
}

Bytes encode_fragment_prefix(const Header& header, PayloadType first_inner, std::uint16_t number, std::uint16_t total,
                             std::size_t body_size) {
  Writer out = encrypted_prefix(header, PayloadType::EncryptedFragment, first_inner, fragment_numbers_size + body_size);
  out.u16(number).u16(total);
  return std::move(out).take();
}

}  // namespace agilevpn::ike::wire
