// Whatever comes to the port where RADIUS servers give orders (RFC 5176).
//
//   input:  records
//   record: control (1 octet), size (2 octets), octets
//
// With the lowest bit of control the octets are the attributes of an authentic request, whose code is the upper bits of
// control; else a datagram as it is. The second bit has it come from a stranger.
#include "radius/dynamic_authorization.h"
#include "radius/fake_server.h"
#include "radius/grant.h"

namespace {

using namespace agilevpn;
using namespace agilevpn::radius;

const SocketAddress server{IpAddress::v4(192, 0, 2, 1), 40000}, stranger{IpAddress::v4(192, 0, 2, 9), 40000};

DynamicAuthorizationConfig config() {
  DynamicAuthorizationConfig config;
  config.servers.push_back({server.address, test_secret()});
  config.nas_identifier = "vpn.example.org";
  return config;
}

std::optional<Bytes> sealed(Code code, ByteView attributes) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(code)).u8(7).u16(static_cast<std::uint16_t>(header_size + attributes.size()));
  out.bytes(Authenticator{}).bytes(attributes);
  const auto packet = decode(out.view());
  if (!packet || encoded_size(*packet) + 18 > limits::packet_largest) return std::nullopt;
  return seal_request(*packet, test_secret());
}

// Every other order is carried out; each is answered once.
void answer(DynamicAuthorization& orders, bool may_ask) {
  while (const auto ask = orders.poll_ask()) {
    CHECK(may_ask);
    if (const auto* change = std::get_if<ChangeOfAuthorization>(&ask->what))
      static_cast<void>(Grant::from(change->attributes));
    ask->id % 2 == 0 ? orders.acknowledge(ask->id) : orders.refuse(ask->id, ErrorCause::SessionContextNotFound);
  }
  while (const auto transmit = orders.poll_transmit()) {
    CHECK(transmit->to.from == server);
    CHECK(decode(transmit->datagram));
  }
  while (const auto event = orders.poll_event()) CHECK(!to_record(*event).sentence.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in{std::as_bytes(std::span{data, size})};
  DynamicAuthorization orders{config()};
  Instant now{};
  while (!in.at_end()) {
    const auto control = in.u8("control");
    const auto length = in.u16("size");
    if (!control || !length) break;
    const ByteView octets = *in.take(std::min<std::size_t>(*length, in.remaining()), "octets");
    const bool is_sealed = (*control & 1u) != 0, is_stranger = (*control & 2u) != 0;
    const auto datagram =
        is_sealed ? sealed(Code{static_cast<std::uint8_t>(*control >> 2u)}, octets) : std::optional{to_bytes(octets)};
    if (!datagram) continue;
    now += 1s;
    orders.handle_datagram(now, WallTime{1'800'000'000s}, {is_stranger ? stranger : server}, *datagram);
    answer(orders, is_sealed && !is_stranger);
  }
  return 0;
}
