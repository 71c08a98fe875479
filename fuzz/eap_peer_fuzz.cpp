// Whatever a server may send to a peer, at any point of a login by EAP-MSCHAPv2 or EAP-GTC.
//
//   input:  setup (1 octet): its lowest bit chooses GTC, the next whether the user knows the password; then records
//   record: control (1 octet), size (1 octet), octets
//
// A record whose lowest bit of control is set lets our own two exchange a packet and its octets be; else the octets are a
// packet, or, with the next bit, the Type-Data of one that fits.
#include "eap/login_fixture.h"

namespace {

using namespace agilevpn;
using namespace agilevpn::eap;

Bytes forge(const Packet& last, std::uint8_t control, ByteView octets) {
  if ((control & 2u) == 0) return to_bytes(octets);
  return encode({Code::Request, static_cast<std::uint8_t>(last.identifier + 1), last.type, to_bytes(octets)});
}

void feed(SampleLogin& login, Reader& in) {
  Conversation& conversation = login.conversation;
  conversation.handle(conversation.server.start());
  while (!conversation.peer_outcome) {
    const auto control = in.u8("control");
    const auto size = in.u8("size");
    if (!control || !size) return;
    const ByteView octets = *in.take(std::min<std::size_t>(*size, in.remaining()), "octets");
    if ((*control & 1u) != 0)
      conversation.exchange();
    else
      conversation.handle(conversation.peer.handle_packet(forge(conversation.packets.back(), *control, octets)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in{std::as_bytes(std::span{data, size})};
  const auto setup = in.u8("setup");
  if (!setup) return 0;
  const bool is_gtc = (*setup & 1u) != 0, knows_password = (*setup & 2u) != 0;
  SampleLogin login{is_gtc ? Type::Gtc : Type::MsChapV2, knows_password};
  feed(login, in);
  const auto& outcome = login.conversation.peer_outcome;
  // GTC proves no server; MSCHAPv2's proof cannot be guessed.
  if (outcome && outcome->is_success) CHECK(is_gtc || knows_password);
  if (outcome && !outcome->is_success) CHECK(!outcome->reason.empty());
  return 0;
}
