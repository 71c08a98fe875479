// The data of notifies, by type (RFC 7296 §3.10.1, RFC 4555 §4, RFC 5685 §9, RFC 5723 §7, RFC 7427 §4).
#include <optional>

#include "cli/decode/payload_json.h"
#include "ike/wire/describe.h"

namespace agilevpn::cli::decode {

using namespace ike::wire;

namespace {

constexpr std::uint8_t gateway_ipv4 = 1;  // RFC 5685 §3, GW Ident Type
constexpr std::uint8_t gateway_ipv6 = 2;

// What a decoder of notification data adds; false if the data are not what they should be.
using Described = Decoded<void>;

Described describe_address(Json& out, Reader& in) {
  const auto address = IpAddress::from_bytes(in.rest());
  if (!address) return in.fail(DecodeError::Kind::BadLength, "address");
  out["address"] = address->to_string();
  return {};
}

Described describe_hashes(Json& out, Reader& in) {
  Json hashes = Json::array();
  while (!in.at_end()) {
    TRY_ASSIGN(const auto id, in.u16("hash algorithm"));
    hashes.push_back(crypto::to_string(crypto::HashId{id}));
  }
  out["hashes"] = std::move(hashes);
  return {};
}

Described describe_number(Json& out, Reader& in, const char* name) {
  TRY_ASSIGN(out[name], in.u32(name));
  return {};
}

Described describe_method(Json& out, Reader& in) {
  TRY_ASSIGN(const auto method, in.u16("Diffie-Hellman Group Num"));
  out["wanted"] = crypto::to_string(crypto::KeyExchangeId{method});
  return {};
}

Described describe_payload_type(Json& out, Reader& in) {
  TRY_ASSIGN(const auto type, in.u8("payload type"));
  out["refused"] = to_string(PayloadType{type});
  return {};
}

Described describe_gateway(Json& out, Reader& in) {
  TRY_ASSIGN(const auto type, in.u8("GW Ident Type"));
  TRY_ASSIGN(const auto length, in.u8("GW Ident Len"));
  TRY_ASSIGN(const ByteView identity, in.take(length, "New Responder GW Identity"));
  const auto address = IpAddress::from_bytes(identity);
  const bool is_address = type == gateway_ipv4 || type == gateway_ipv6;
  out["gateway"] = is_address && address ? address->to_string() : text_or_hex(identity);
  if (!in.at_end()) out["nonce"] = to_hex(in.rest());
  return {};
}

Described describe_ticket(Json& out, Reader& in) {
  TRY(describe_number(out, in, "seconds"));
  out["ticket"] = to_hex(in.rest());
  return {};
}

Described describe_data(Json& out, NotifyType type, Reader& in) {
  switch (type) {
    case NotifyType::AdditionalIp4Address:
    case NotifyType::AdditionalIp6Address: return describe_address(out, in);
    case NotifyType::SignatureHashAlgorithms: return describe_hashes(out, in);
    case NotifyType::SetWindowSize: return describe_number(out, in, "window");
    case NotifyType::AuthLifetime: return describe_number(out, in, "seconds");
    case NotifyType::TicketLtOpaque: return describe_ticket(out, in);
    case NotifyType::InvalidKePayload: return describe_method(out, in);
    case NotifyType::UnsupportedCriticalPayload: return describe_payload_type(out, in);
    case NotifyType::Redirect:
    case NotifyType::RedirectedFrom: return describe_gateway(out, in);
    default: return in.fail(DecodeError::Kind::BadValue, "notify type");  // Opaque, or unknown.
  }
}

std::string_view name_of_opaque_data(NotifyType type) {
  switch (type) {
    case NotifyType::NatDetectionSourceIp:
    case NotifyType::NatDetectionDestinationIp: return "hash";
    case NotifyType::Cookie:
    case NotifyType::Cookie2: return "cookie";
    case NotifyType::TicketOpaque: return "ticket";
    default: return "data";
  }
}

}  // namespace

void describe(Json& out, const NotifyPayload& notify) {
  out["name"] = to_string(notify.type);
  out["notify_code"] = static_cast<unsigned>(notify.type);
  if (notify.protocol != ProtocolId::None) out["protocol"] = to_string(notify.protocol);
  if (!notify.spi.empty()) out["spi"] = to_hex(notify.spi);
  if (notify.data.empty()) return;
  Json data;
  Reader in{notify.data};
  if (describe_data(data, notify.type, in) && in.at_end())
    out.update(data);
  else
    out[name_of_opaque_data(notify.type)] = to_hex(notify.data);
}

}  // namespace agilevpn::cli::decode
