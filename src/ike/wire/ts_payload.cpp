// The Traffic Selector payloads (RFC 7296 §3.13).
#include "base/check.h"
#include "ike/wire/payload_codec.h"

namespace agilevpn::ike::wire {

namespace {

using Kind = DecodeError::Kind;

constexpr std::uint8_t ts_ipv4_addr_range = 7;  // §3.13.1
constexpr std::uint8_t ts_ipv6_addr_range = 8;
constexpr std::size_t selector_header_size = 8;
constexpr std::size_t selectors_reserved_size = 3;

Decoded<IpAddress> read_address(Reader& in, Family family, std::string_view what) {
  TRY_ASSIGN(const ByteView octets, in.take(IpAddress::any(family).size(), what));
  return *IpAddress::from_bytes(octets);
}

// Start is "the smallest", End "the largest"; only OPAQUE ports stand the other way round.
bool is_range(const TrafficSelector& selector) {
  const bool is_opaque = selector.first_port == 0xffff && selector.last_port == 0;
  return selector.first_address <= selector.last_address && (selector.first_port <= selector.last_port || is_opaque);
}

std::size_t selector_size(Family family) { return selector_header_size + 2 * IpAddress::any(family).size(); }

Decoded<TrafficSelector> read_range(Reader& in, std::uint8_t protocol, Family family) {
  TrafficSelector selector;
  selector.protocol = protocol;
  TRY_ASSIGN(selector.first_port, in.u16("Start Port"));
  TRY_ASSIGN(selector.last_port, in.u16("End Port"));
  TRY_ASSIGN(selector.first_address, read_address(in, family, "Starting Address"));
  TRY_ASSIGN(selector.last_address, read_address(in, family, "Ending Address"));
  TRY(in.expect_end("Traffic Selector"));
  if (!is_range(selector)) return in.fail(Kind::BadValue, "Traffic Selector", selector_size(family));
  return selector;
}

// §3.13.1. Nothing for a selector of a type that we do not know: it is passed by, so that the others can be narrowed
// to.
Decoded<std::optional<TrafficSelector>> read_selector(Reader& in) {
  TRY_ASSIGN(const auto type, in.u8("TS Type"));
  TRY_ASSIGN(const auto protocol, in.u8("IP Protocol ID"));
  TRY_ASSIGN(const auto length, in.u16("Selector Length"));
  if (length < selector_header_size) return in.fail(Kind::BadLength, "Selector Length", 2);
  TRY_ASSIGN(Reader part, in.sub(length - std::size_t{4}, "Traffic Selector"));
  if (type == ts_ipv4_addr_range) return read_range(part, protocol, Family::V4);
  if (type == ts_ipv6_addr_range) return read_range(part, protocol, Family::V6);
  return std::nullopt;
}

void write_selector(Writer& out, const TrafficSelector& selector) {
  CHECK(selector.first_address.family() == selector.last_address.family());
  const std::size_t start = out.size();
  out.u8(selector.family() == Family::V4 ? ts_ipv4_addr_range : ts_ipv6_addr_range).u8(selector.protocol).u16(0);
  out.u16(selector.first_port).u16(selector.last_port);
  out.bytes(selector.first_address.bytes()).bytes(selector.last_address.bytes());
  patch_length(out, start + 2, start);
}

}  // namespace

Decoded<TsPayload> decode_ts(Reader& in) {
  TRY_ASSIGN(const auto count, in.u8("Number of TSs"));
  TRY(in.take(selectors_reserved_size, "RESERVED"));
  TsPayload ts;
  for (unsigned i = 0; i < count; ++i) {
    TRY_ASSIGN(const std::optional<TrafficSelector> selector, read_selector(in));
    if (selector) ts.selectors.push_back(*selector);
  }
  return ts;
}

void encode(Writer& out, const TsPayload& ts) {
  CHECK(ts.selectors.size() <= 0xff);
  out.u8(static_cast<std::uint8_t>(ts.selectors.size())).zeros(selectors_reserved_size);
  for (const TrafficSelector& selector : ts.selectors) write_selector(out, selector);
}

}  // namespace agilevpn::ike::wire
