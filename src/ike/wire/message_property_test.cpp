// Whatever message we can make comes back from its octets unchanged, and no octets make the decoder fail otherwise than
// by an error.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {
namespace {

namespace gen = rc::gen;

rc::Gen<Bytes> octets(int least, int most) {
  return gen::mapcat(gen::inRange(least, most + 1), [](int size) {
    return gen::map(
        gen::container<std::vector<std::uint8_t>>(static_cast<std::size_t>(size), gen::arbitrary<std::uint8_t>()),
        [](const std::vector<std::uint8_t>& from) { return to_bytes(std::as_bytes(std::span{from})); });
  });
}

template <class T>
std::vector<T> some(int least, int most, T (*one)()) {
  std::vector<T> all(static_cast<std::size_t>(*gen::inRange(least, most + 1)));
  for (T& each : all) each = one();
  return all;
}

template <class T>
T any() {
  return *gen::arbitrary<T>();
}

Attribute any_attribute() {
  if (any<bool>()) return {static_cast<std::uint16_t>(any<std::uint16_t>() & 0x7fff), any<std::uint16_t>()};
  return {static_cast<std::uint16_t>(any<std::uint16_t>() & 0x7fff), *octets(0, 8)};
}

Transform any_transform() {
  Transform transform{TransformType{any<std::uint8_t>()}, any<std::uint16_t>(), {}, {}};
  if (any<bool>()) {
    transform.key_bits = any<std::uint16_t>();
    transform.other_attributes = some<Attribute>(0, 3, any_attribute);
  }
  return transform;
}

Proposal any_proposal() {
  const ProtocolId protocol = *gen::element(ProtocolId::Ike, ProtocolId::Ah, ProtocolId::Esp);
  const int spi_size = protocol != ProtocolId::Ike ? 4 : *gen::element(0, 8);
  return {any<std::uint8_t>(), protocol, *octets(spi_size, spi_size), some<Transform>(0, 6, any_transform)};
}

TrafficSelector any_selector() {
  const int size = *gen::element(4, 16);
  const auto a = *IpAddress::from_bytes(*octets(size, size)), b = *IpAddress::from_bytes(*octets(size, size));
  const auto p = any<std::uint16_t>(), q = any<std::uint16_t>();
  return {.protocol = any<std::uint8_t>(),
          .first_port = std::min(p, q),
          .last_port = std::max(p, q),
          .first_address = std::min(a, b),
          .last_address = std::max(a, b)};
}

Identity any_identity() {
  const IdType type{any<std::uint8_t>()};
  const int size = type == IdType::Ipv4Addr ? 4 : type == IdType::Ipv6Addr ? 16 : *gen::inRange(0, 40);
  return {type, *octets(size, size)};
}

DeletePayload any_delete() {
  DeletePayload del{*gen::element(ProtocolId::Ike, ProtocolId::Ah, ProtocolId::Esp), {}};
  if (del.protocol != ProtocolId::Ike) del.spis = some<EspSpi>(0, 5, [] { return EspSpi{any<std::uint32_t>()}; });
  return del;
}

ConfigurationAttribute any_configuration_attribute() {
  return {static_cast<ConfigurationAttributeType>(any<std::uint16_t>() & 0x7fff), *octets(0, 20)};
}

Payload any_unknown() {
  const auto type = *gen::inRange<unsigned>(54, 256);
  return {PayloadType{static_cast<std::uint8_t>(type)}, false, UnknownPayload{*octets(0, 20)}};
}

Payload any_payload() {
  Payload made;
  switch (*gen::inRange(0, 16)) {
    case 0: made = payload(SaPayload{some<Proposal>(1, 4, any_proposal)}); break;
    case 1: made = payload(KePayload{crypto::KeyExchangeId{any<std::uint16_t>()}, *octets(0, 40)}); break;
    case 2: made = id_i(any_identity()); break;
    case 3: made = id_r(any_identity()); break;
    case 4: made = payload(CertPayload{CertificateEncoding{any<std::uint8_t>()}, *octets(0, 40)}); break;
    case 5: made = payload(CertRequestPayload{CertificateEncoding{any<std::uint8_t>()}, *octets(0, 40)}); break;
    case 6: made = payload(AuthPayload{AuthMethod{any<std::uint8_t>()}, *octets(0, 40)}); break;
    case 7: made = payload(NoncePayload{*octets(16, 256)}); break;
    case 8:
      made = payload(NotifyPayload{ProtocolId{any<std::uint8_t>()}, *octets(0, 8), NotifyType{any<std::uint16_t>()},
                                   *octets(0, 40)});
      break;
    case 9: made = payload(any_delete()); break;
    case 10: made = payload(VendorIdPayload{*octets(0, 40)}); break;
    case 11: made = ts_i(some<TrafficSelector>(0, 5, any_selector)); break;
    case 12: made = ts_r(some<TrafficSelector>(0, 5, any_selector)); break;
    case 13:
      made = payload(ConfigurationPayload{ConfigurationType{any<std::uint8_t>()},
                                          some<ConfigurationAttribute>(0, 5, any_configuration_attribute)});
      break;
    case 14: made = payload(EapPayload{*octets(0, 40)}); break;
    default: made = any_unknown();
  }
  made.is_critical = any<bool>();
  return made;
}

Payload any_encrypted() {
  const PayloadType first{any<std::uint8_t>()};
  if (any<bool>()) return {PayloadType::Encrypted, any<bool>(), EncryptedPayload{first, *octets(0, 60)}};
  const auto total = *gen::inRange<std::uint16_t>(1, 65);
  const auto number = *gen::inRange<std::uint16_t>(1, static_cast<std::uint16_t>(total + 1));
  return {PayloadType::EncryptedFragment, any<bool>(), EncryptedFragmentPayload{first, number, total, *octets(0, 60)}};
}

Header any_header() {
  return {.spi_i = {any<std::uint64_t>()},
          .spi_r = {any<std::uint64_t>()},
          .exchange = ExchangeType{any<std::uint8_t>()},
          .minor_version = *gen::inRange<std::uint8_t>(0, 16),
          .is_from_original_initiator = any<bool>(),
          .has_higher_version = any<bool>(),
          .is_response = any<bool>(),
          .message_id = any<std::uint32_t>()};
}

Message any_message() {
  Message message{any_header(), some<Payload>(0, 6, any_payload)};
  if (any<bool>()) message.payloads.push_back(any_encrypted());
  return message;
}

RC_GTEST_PROP(AnyMessage, ComesBackFromItsOctets, ()) {
  const Message message = any_message();
  const Bytes octets = encode_message(message);
  const auto decoded = decode_message(octets);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == message);
  RC_ASSERT(encode_message(*decoded) == octets);
}

RC_GTEST_PROP(AnyMessage, IsRefusedWhenTruncated, ()) {
  const Bytes octets = encode_message(any_message());
  const auto size = *gen::inRange<std::size_t>(0, octets.size());
  RC_ASSERT(!decode_message(ByteView{octets}.first(size)).has_value());
}

// A changed octet may make another message, which then must come back as well.
RC_GTEST_PROP(AnyMessage, WithAChangedOctetIsRefusedOrStillStable, ()) {
  Bytes octets = encode_message(any_message());
  octets[*gen::inRange<std::size_t>(0, octets.size())] = std::byte{any<std::uint8_t>()};
  if (const auto decoded = decode_message(octets))
    RC_ASSERT(decode_message(encode_message(*decoded)).value() == *decoded);
}

}  // namespace
}  // namespace agilevpn::ike::wire
