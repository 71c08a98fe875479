// Whatever a peer may send to a server, at any point of a login by EAP-MSCHAPv2 or EAP-GTC.
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

Bytes forge(const Conversation& conversation, std::uint8_t control, ByteView octets) {
  if ((control & 2u) == 0) return to_bytes(octets);
  const Packet request = *decode(conversation.server.request());
  return encode({Code::Response, request.identifier, request.type, to_bytes(octets)});
}

void feed(SampleLogin& login, Reader& in) {
  Conversation& conversation = login.conversation;
  conversation.handle(conversation.server.start());
  while (!conversation.server_outcome) {
    const auto control = in.u8("control");
    const auto size = in.u8("size");
    if (!control || !size) return;
    const ByteView octets = *in.take(std::min<std::size_t>(*size, in.remaining()), "octets");
    if ((*control & 1u) != 0)
      conversation.exchange();
    else
      conversation.handle(conversation.server.handle_packet(forge(conversation, *control, octets)));
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
  const auto& outcome = login.conversation.server_outcome;
  // A password that is typed may be guessed; a proof may not.
  if (outcome && outcome->is_success) CHECK(is_gtc || knows_password);
  if (outcome && !outcome->is_success) CHECK(!outcome->reason.empty());
  return 0;
}
