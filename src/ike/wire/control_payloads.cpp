// What steers an SA: N, D, CP and V, and the outsides of SK and SKF (RFC 7296 §3.10 to §3.12, §3.14, §3.15; RFC 7383).
#include "base/check.h"
#include "ike/wire/limits.h"
#include "ike/wire/payload_codec.h"

namespace agilevpn::ike::wire {

namespace {

using Kind = DecodeError::Kind;

constexpr std::uint8_t esp_spi_size = 4;
constexpr std::size_t configuration_reserved_size = 3;
constexpr std::uint16_t attribute_type_mask = 0x7fff;  // §3.15.1: the top bit is reserved.

// §3.11: "It MUST be zero for IKE (SPI is in message header) or four for AH and ESP."
Decoded<void> check_delete_sizes(const Reader& in, ProtocolId protocol, std::size_t spi_size, std::size_t count) {
  if (protocol != ProtocolId::Ike && protocol != ProtocolId::Ah && protocol != ProtocolId::Esp)
    return in.fail(Kind::BadValue, "Protocol ID", 4);
  if (spi_size != (protocol == ProtocolId::Ike ? 0 : esp_spi_size)) return in.fail(Kind::BadLength, "SPI Size", 3);
  if (protocol == ProtocolId::Ike && count != 0) return in.fail(Kind::BadValue, "Num of SPIs", 2);
  if (count > limits::delete_spis_max) return in.fail(Kind::TooMany, "Num of SPIs", 2);
  return {};
}

Decoded<ConfigurationAttribute> read_configuration_attribute(Reader& in) {  // §3.15.1
  TRY_ASSIGN(const auto type, in.u16("Attribute Type"));
  TRY_ASSIGN(const auto length, in.u16("Length"));
  TRY_ASSIGN(const ByteView value, in.take(length, "Value"));
  return ConfigurationAttribute{static_cast<ConfigurationAttributeType>(type & attribute_type_mask), to_bytes(value)};
}

}  // namespace

// §3.10. The SPI Size is taken as it comes: implementations differ in what they put beside IKE's own notifies.
Decoded<NotifyPayload> decode_notify(Reader& in) {
  TRY_ASSIGN(const auto protocol, in.u8("Protocol ID"));
  TRY_ASSIGN(const auto spi_size, in.u8("SPI Size"));
  TRY_ASSIGN(const auto type, in.u16("Notify Message Type"));
  TRY_ASSIGN(const ByteView spi, in.take(spi_size, "Security Parameter Index"));
  return NotifyPayload{ProtocolId{protocol}, to_bytes(spi), NotifyType{type}, to_bytes(in.rest())};
}

void encode(Writer& out, const NotifyPayload& notify) {
  CHECK(notify.spi.size() <= 0xff);
  out.u8(static_cast<std::uint8_t>(notify.protocol)).u8(static_cast<std::uint8_t>(notify.spi.size()));
  out.u16(static_cast<std::uint16_t>(notify.type)).bytes(notify.spi).bytes(notify.data);
}

Decoded<DeletePayload> decode_delete(Reader& in) {  // §3.11
  TRY_ASSIGN(const auto protocol, in.u8("Protocol ID"));
  TRY_ASSIGN(const auto spi_size, in.u8("SPI Size"));
  TRY_ASSIGN(const auto count, in.u16("Num of SPIs"));
  TRY(check_delete_sizes(in, ProtocolId{protocol}, spi_size, count));
  DeletePayload del{.protocol = ProtocolId{protocol}, .spis = {}};
  while (del.spis.size() < count) {
    TRY_ASSIGN(const auto spi, in.u32("Security Parameter Index"));
    del.spis.push_back(EspSpi{spi});
  }
  return del;
}

void encode(Writer& out, const DeletePayload& del) {
  CHECK(del.spis.size() <= limits::delete_spis_max && (del.protocol != ProtocolId::Ike || del.spis.empty()));
  out.u8(static_cast<std::uint8_t>(del.protocol)).u8(del.protocol == ProtocolId::Ike ? 0 : esp_spi_size);
  out.u16(static_cast<std::uint16_t>(del.spis.size()));
  for (const EspSpi& spi : del.spis) out.u32(spi.value);
}

void encode(Writer& out, const VendorIdPayload& vendor) { out.bytes(vendor.id); }

void encode(Writer& out, const EncryptedPayload& encrypted) { out.bytes(encrypted.body); }

Decoded<EncryptedFragmentPayload> decode_fragment(PayloadType next, Reader& in) {  // RFC 7383 §2.5
  TRY_ASSIGN(const auto number, in.u16("Fragment Number"));
  TRY_ASSIGN(const auto total, in.u16("Total Fragments"));
  if (total > limits::fragments_max) return in.fail(Kind::TooMany, "Total Fragments", 2);
  if (number == 0 || number > total) return in.fail(Kind::BadValue, "Fragment Number", 4);
  return EncryptedFragmentPayload{next, number, total, to_bytes(in.rest())};
}

void encode(Writer& out, const EncryptedFragmentPayload& fragment) {
  out.u16(fragment.number).u16(fragment.total).bytes(fragment.body);
}

// §3.15. Attributes of a size or type that makes no sense are kept: whoever understands one checks it, others pass it
// by.
Decoded<ConfigurationPayload> decode_configuration(Reader& in) {
  TRY_ASSIGN(const auto type, in.u8("CFG Type"));
  TRY(in.take(configuration_reserved_size, "RESERVED"));
  ConfigurationPayload configuration{.type = ConfigurationType{type}, .attributes = {}};
  while (!in.at_end()) {
    if (configuration.attributes.size() == limits::configuration_attributes_max)
      return in.fail(Kind::TooMany, "Configuration Attributes");
    TRY_ASSIGN(ConfigurationAttribute attribute, read_configuration_attribute(in));
    configuration.attributes.push_back(std::move(attribute));
  }
  return configuration;
}

void encode(Writer& out, const ConfigurationPayload& configuration) {
  out.u8(static_cast<std::uint8_t>(configuration.type)).zeros(configuration_reserved_size);
  for (const ConfigurationAttribute& attribute : configuration.attributes) {
    CHECK(attribute.value.size() <= 0xffff);
    out.u16(static_cast<std::uint16_t>(attribute.type) & attribute_type_mask);
    out.u16(static_cast<std::uint16_t>(attribute.value.size())).bytes(attribute.value);
  }
}

void encode(Writer& out, const UnknownPayload& unknown) { out.bytes(unknown.data); }

}  // namespace agilevpn::ike::wire
