// The Security Association payload: proposals, transforms, attributes (RFC 7296 §3.3).
#include "base/check.h"
#include "ike/wire/limits.h"
#include "ike/wire/payload_codec.h"

namespace agilevpn::ike::wire {

namespace {

using Kind = DecodeError::Kind;

constexpr std::uint8_t last_substructure = 0;
constexpr std::uint8_t more_proposals = 2;
constexpr std::uint8_t more_transforms = 3;
constexpr std::size_t proposal_header_size = 8;
constexpr std::size_t transform_header_size = 8;
constexpr std::uint16_t attribute_format_tv = 0x8000;

// §3.3.5: the top bit says whether the value stands in place of a length (TV) or after it (TLV).
Decoded<Attribute> read_attribute(Reader& in) {
  TRY_ASSIGN(const auto type, in.u16("Attribute Type"));
  TRY_ASSIGN(const auto length_or_value, in.u16("Attribute Length"));
  if ((type & attribute_format_tv) != 0)
    return Attribute{static_cast<std::uint16_t>(type & ~attribute_format_tv), length_or_value};
  TRY_ASSIGN(const ByteView value, in.take(length_or_value, "Attribute Value"));
  return Attribute{type, to_bytes(value)};
}

void write_attribute(Writer& out, const Attribute& attribute) {
  if (const auto* value = std::get_if<std::uint16_t>(&attribute.value)) {
    out.u16(attribute.type | attribute_format_tv).u16(*value);
    return;
  }
  const Bytes& value = std::get<Bytes>(attribute.value);
  CHECK(value.size() <= 0xffff);
  out.u16(attribute.type).u16(static_cast<std::uint16_t>(value.size())).bytes(value);
}

bool is_key_length(const Attribute& attribute) {
  return attribute.type == key_length_attribute && std::holds_alternative<std::uint16_t>(attribute.value);
}

// A Key Length that is not the first attribute stays among the others, which nobody chooses: so nothing is lost, and a
// transform with two of them is refused as §3.3.6 refuses attributes that are not understood.
Decoded<void> read_attributes(Reader& in, Transform& transform) {
  for (std::size_t count = 0; !in.at_end(); ++count) {
    if (count == limits::attributes_max) return in.fail(Kind::TooMany, "Transform Attributes");
    TRY_ASSIGN(Attribute attribute, read_attribute(in));
    if (count == 0 && is_key_length(attribute))
      transform.key_bits = std::get<std::uint16_t>(attribute.value);
    else
      transform.other_attributes.push_back(std::move(attribute));
  }
  return {};
}

// §3.3.2. `more` receives the first field: whether another transform is announced.
Decoded<Transform> read_transform(Reader& in, bool& more) {
  TRY_ASSIGN(const auto last, in.u8("Last Substruc"));
  if (last != last_substructure && last != more_transforms) return in.fail(Kind::BadValue, "Last Substruc", 1);
  more = last == more_transforms;
  TRY(in.u8("RESERVED"));
  TRY_ASSIGN(const auto length, in.u16("Transform Length"));
  if (length < transform_header_size) return in.fail(Kind::BadLength, "Transform Length", 2);
  TRY_ASSIGN(Reader part, in.sub(length - std::size_t{4}, "Transform"));
  TRY_ASSIGN(const auto type, part.u8("Transform Type"));
  TRY(part.u8("RESERVED"));
  TRY_ASSIGN(const auto id, part.u16("Transform ID"));
  Transform transform{.type = TransformType{type}, .id = id, .key_bits = {}, .other_attributes = {}};
  TRY(read_attributes(part, transform));
  return transform;
}

void write_transform(Writer& out, const Transform& transform, bool more) {
  const std::size_t start = out.size();
  out.u8(more ? more_transforms : last_substructure).u8(0).u16(0);
  out.u8(static_cast<std::uint8_t>(transform.type)).u8(0).u16(transform.id);
  if (transform.key_bits) write_attribute(out, {key_length_attribute, *transform.key_bits});
  for (const Attribute& attribute : transform.other_attributes) write_attribute(out, attribute);
  patch_length(out, start + 2, start);
}

// §3.3.1: an IKE SA's SPI is absent in IKE_SA_INIT and 8 octets when rekeying; AH and ESP have 4.
bool is_spi_size(ProtocolId protocol, std::size_t size) {
  switch (protocol) {
    case ProtocolId::Ike: return size == 0 || size == 8;
    case ProtocolId::Ah:
    case ProtocolId::Esp: return size == 4;
    case ProtocolId::None: break;
  }
  return true;
}

Decoded<std::vector<Transform>> read_transforms(Reader& in, std::size_t count) {
  std::vector<Transform> transforms;
  bool more = count > 0;
  while (more) {
    TRY_ASSIGN(Transform transform, read_transform(in, more));
    transforms.push_back(std::move(transform));
    if (more != (transforms.size() < count)) return in.fail(Kind::BadValue, "Num Transforms");
  }
  TRY(in.expect_end("Transforms"));
  return transforms;
}

// §3.3.1. `more` receives the first field: whether another proposal is announced.
Decoded<Proposal> read_proposal(Reader& in, bool& more) {
  TRY_ASSIGN(const auto last, in.u8("Last Substruc"));
  if (last != last_substructure && last != more_proposals) return in.fail(Kind::BadValue, "Last Substruc", 1);
  more = last == more_proposals;
  TRY(in.u8("RESERVED"));
  TRY_ASSIGN(const auto length, in.u16("Proposal Length"));
  if (length < proposal_header_size) return in.fail(Kind::BadLength, "Proposal Length", 2);
  TRY_ASSIGN(Reader part, in.sub(length - std::size_t{4}, "Proposal"));
  TRY_ASSIGN(const auto number, part.u8("Proposal Num"));
  TRY_ASSIGN(const auto protocol, part.u8("Protocol ID"));
  TRY_ASSIGN(const auto spi_size, part.u8("SPI Size"));
  TRY_ASSIGN(const auto transform_count, part.u8("Num Transforms"));
  if (!is_spi_size(ProtocolId{protocol}, spi_size)) return part.fail(Kind::BadLength, "SPI Size", 2);
  if (transform_count > limits::transforms_max) return part.fail(Kind::TooMany, "Num Transforms", 1);
  TRY_ASSIGN(const ByteView spi, part.take(spi_size, "SPI"));
  TRY_ASSIGN(std::vector<Transform> transforms, read_transforms(part, transform_count));
  return Proposal{number, ProtocolId{protocol}, to_bytes(spi), std::move(transforms)};
}

void write_proposal(Writer& out, const Proposal& proposal, bool more) {
  CHECK(proposal.spi.size() <= 0xff && proposal.transforms.size() <= 0xff);
  const std::size_t start = out.size();
  out.u8(more ? more_proposals : last_substructure).u8(0).u16(0);
  out.u8(proposal.number).u8(static_cast<std::uint8_t>(proposal.protocol));
  out.u8(static_cast<std::uint8_t>(proposal.spi.size())).u8(static_cast<std::uint8_t>(proposal.transforms.size()));
  out.bytes(proposal.spi);
  for (const Transform& transform : proposal.transforms)
    write_transform(out, transform, &transform != &proposal.transforms.back());
  patch_length(out, start + 2, start);
}

}  // namespace

Decoded<SaPayload> decode_sa(Reader& in) {
  SaPayload sa;
  for (bool more = true; more;) {
    if (sa.proposals.size() == limits::proposals_max) return in.fail(Kind::TooMany, "Proposals");
    TRY_ASSIGN(Proposal proposal, read_proposal(in, more));
    sa.proposals.push_back(std::move(proposal));
  }
  return sa;
}

void encode(Writer& out, const SaPayload& sa) {
  for (const Proposal& proposal : sa.proposals) write_proposal(out, proposal, &proposal != &sa.proposals.back());
}

}  // namespace agilevpn::ike::wire
