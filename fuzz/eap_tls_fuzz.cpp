// Whatever comes to either end of a login in TLS: EAP-TLS, PEAP with EAP-MSCHAPv2, EAP-TLS or EAP-GTC inside, EAP-TTLS
// with PAP, MSCHAPv2 or EAP inside.
//
//   input:  setup (1 octet): which of them, in TLS 1.2 or 1.3, the right password or not; then records
//   record: control (1 octet), size (1 octet), octets
//
// A record whose lowest bit of control is set lets our own two exchange a packet. The next bits say to whom the octets
// go else, and whether as a packet, as the Type-Data of one that fits, or as a change of the packet that is on its way.
// What TLS draws is its own, so octets inside records are reached by changing, not by repeating.
#include "eap/tunnel_fixture.h"

namespace {

using namespace agilevpn;
using namespace agilevpn::eap;

TunnelLogin::Settings settings_of(std::uint8_t setup) {
  constexpr std::array outer{Type::Peap, Type::Ttls};
  constexpr std::array inner{Type::MsChapV2, Type::Tls, Type::Gtc};
  constexpr std::array inside{TtlsInside::Pap, TtlsInside::MsChapV2, TtlsInside::Eap};
  return {.outer = (setup & 128u) != 0 ? Type::Tls : outer[setup & 1u],
          .inner = inner[(setup >> 1 & 3u) % 3],
          .inside = inside[(setup >> 3 & 3u) % 3],
          .version = (setup & 32u) != 0 ? crypto::TlsVersion::Tls12 : crypto::TlsVersion::Tls13,
          .typed = {(setup & 64u) != 0 ? "secret" : "guess"}};
}

// Each octet is xored with one of the packet on its way, from `at`.
void change(Bytes& packet, std::size_t at, ByteView octets) {
  for (const std::byte octet : octets)
    if (at < packet.size()) packet[at++] ^= octet;
}

Bytes type_data_in(const Bytes& packet, Code code, ByteView octets) {
  const auto decoded = decode(packet);
  if (!decoded || decoded->type == Type::None) return to_bytes(octets);
  return encode({code, decoded->identifier, decoded->type, to_bytes(octets)});
}

void feed(TunnelLogin& login, Reader& in) {
  Conversation& conversation = login.conversation;
  conversation.handle(conversation.server.start());
  for (int steps = 0; steps < 200; ++steps) {
    const auto control = in.u8("control");
    const auto size = in.u8("size");
    if (!control || !size) return;
    const ByteView octets = *in.take(std::min<std::size_t>(*size, in.remaining()), "octets");
    if ((*control & 1u) != 0) {
      conversation.exchange();
      continue;
    }
    const bool is_for_peer = !conversation.to_peer.empty();
    Bytes& under_way = is_for_peer ? conversation.to_peer : conversation.to_server;
    if ((*control & 6u) == 2) change(under_way, 4u + (*control >> 3), octets);
    if ((*control & 6u) == 4) under_way = type_data_in(under_way, is_for_peer ? Code::Request : Code::Response, octets);
    if ((*control & 6u) == 6 && !octets.empty())
      under_way.resize(std::min<std::size_t>(under_way.size(), std::to_integer<std::size_t>(octets[0])));
    if ((*control & 6u) == 0) under_way = to_bytes(octets);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in{std::as_bytes(std::span{data, size})};
  const auto setup = in.u8("setup");
  if (!setup) return 0;
  TunnelLogin login{settings_of(*setup)};
  feed(login, in);
  const auto& server = login.conversation.server_outcome;
  const auto& peer = login.conversation.peer_outcome;
  const bool proves_by_certificate = login.settings.outer == Type::Tls || login.settings.inner == Type::Tls;
  if (server && server->is_success) CHECK(proves_by_certificate || login.settings.typed[0] == "secret");
  if (server && peer && server->is_success && peer->is_success) CHECK(server->msk == peer->msk);
  for (const auto* outcome : {&server, &peer})
    if (*outcome && !(*outcome)->is_success) CHECK(!(*outcome)->reason.empty());
  return 0;
}
