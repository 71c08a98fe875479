#include "eap/ttls_avp.h"

#include <fmt/format.h>

#include <algorithm>

#include "eap/limits.h"

namespace agilevpn::eap::ttls {

namespace {

constexpr std::uint8_t vendor_bit = 0x80, mandatory_bit = 0x40;

Decoded<Avp> decode_one(Reader& in) {
  TRY_ASSIGN(const std::uint32_t code, in.u32("AVP Code"));
  TRY_ASSIGN(const std::uint32_t flags_and_length, in.u32("AVP Length"));
  const std::uint8_t flags = static_cast<std::uint8_t>(flags_and_length >> 24);
  const std::size_t length = flags_and_length & 0xffffff, head = (flags & vendor_bit) != 0 ? 12 : 8;
  if (length < head) return in.fail(DecodeError::Kind::BadLength, "AVP Length", 3);
  Avp avp{.code = code, .vendor = 0, .is_mandatory = (flags & mandatory_bit) != 0, .data = {}};
  if (head == 12) {
    TRY_ASSIGN(avp.vendor, in.u32("Vendor-ID"));
  }
  TRY_ASSIGN(avp.data, in.take(length - head, "AVP Length"));
  // §10.2: padding, which the last one may lack.
  TRY(in.take(std::min<std::size_t>((4 - length % 4) % 4, in.remaining()), "padding"));
  return avp;
}

bool is_known(const Avp& avp) {
  const auto is = [&](AvpCode code, std::uint32_t vendor) {
    return avp.code == static_cast<std::uint32_t>(code) && avp.vendor == vendor;
  };
  return is(AvpCode::UserName, 0) || is(AvpCode::UserPassword, 0) || is(AvpCode::ReplyMessage, 0) ||
         is(AvpCode::EapMessage, 0) || is(AvpCode::MsChapError, microsoft) || is(AvpCode::MsChapChallenge, microsoft) ||
         is(AvpCode::MsChap2Response, microsoft) || is(AvpCode::MsChap2Success, microsoft);
}

}  // namespace

Decoded<std::vector<Avp>> decode(ByteView octets) {
  Reader in{octets};
  std::vector<Avp> avps;
  while (!in.at_end()) {
    if (avps.size() == limits::ttls_avps_max) return in.fail(DecodeError::Kind::TooMany, "AVPs");
    TRY_ASSIGN(const Avp avp, decode_one(in));
    avps.push_back(avp);
  }
  return avps;
}

void encode(Writer& out, AvpCode code, ByteView data, std::uint32_t vendor) {
  const std::size_t length = data.size() + (vendor != 0 ? 12 : 8);
  const std::uint8_t flags = vendor != 0 ? vendor_bit | mandatory_bit : mandatory_bit;
  out.u32(static_cast<std::uint32_t>(code))
      .u32(static_cast<std::uint32_t>(flags) << 24 | static_cast<std::uint32_t>(length));
  if (vendor != 0) out.u32(vendor);
  out.bytes(data).zeros((4 - length % 4) % 4);
}

std::optional<ByteView> find(const std::vector<Avp>& avps, AvpCode code, std::uint32_t vendor) {
  const auto found = std::ranges::find_if(
      avps, [&](const Avp& avp) { return avp.code == static_cast<std::uint32_t>(code) && avp.vendor == vendor; });
  return found == avps.end() ? std::nullopt : std::optional{found->data};
}

Bytes eap_message(const std::vector<Avp>& avps) {
  Bytes packet;
  for (const Avp& avp : avps)
    if (avp.code == static_cast<std::uint32_t>(AvpCode::EapMessage) && avp.vendor == 0) append(packet, avp.data);
  return packet;
}

std::optional<std::string> unknown_mandatory(const std::vector<Avp>& avps) {
  const auto found = std::ranges::find_if(avps, [](const Avp& avp) { return avp.is_mandatory && !is_known(avp); });
  if (found == avps.end()) return std::nullopt;
  return fmt::format("it wants AVP {} of vendor {} understood, and we do not know it", found->code, found->vendor);
}

}  // namespace agilevpn::eap::ttls
