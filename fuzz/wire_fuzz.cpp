// Any octets as a datagram: the decoder gives an error, or a message that encodes and decodes to itself.
#include "base/check.h"
#include "ike/wire/message.h"

namespace agilevpn::ike::wire {
namespace {

// What only shows a value must take any value.
void show(const IdPayload& id) { CHECK(!id.identity.to_string().empty()); }
void show(const SaPayload& sa) {
  for (const Proposal& proposal : sa.proposals) CHECK(proposal.transforms.empty() || !proposal.to_string().empty());
}
// What SK holds is a chain from outside as well.
void show(const EncryptedPayload& sk) {
  const auto inner = decode_payloads(sk.first_inner, sk.body);
  if (inner) CHECK(decode_payloads(sk.first_inner, encode_payloads(*inner)) == inner);
}
void show(const auto&) {}

void check_datagram(ByteView datagram) {
  const auto message = decode_message(datagram);
  if (!message) {
    CHECK(message.error().offset <= datagram.size() && !message.error().to_string().empty());
    return;
  }
  const Bytes octets = encode_message(*message);
  CHECK(octets.size() <= datagram.size());
  const auto again = decode_message(octets);
  CHECK(again && *again == *message);
  for (const Payload& payload : message->payloads) std::visit([](const auto& body) { show(body); }, payload.body);
}

// The datagram with a Length that fits, so that shortened and lengthened ones are read past their header too.
Bytes with_fitting_length(ByteView datagram) {
  Writer out;
  out.bytes(datagram);
  if (datagram.size() >= header_size) out.patch_u32(24, static_cast<std::uint32_t>(datagram.size()));
  return std::move(out).take();
}

}  // namespace
}  // namespace agilevpn::ike::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agilevpn::ike::wire;
  const agilevpn::ByteView datagram = std::as_bytes(std::span{data, size});
  check_datagram(datagram);
  check_datagram(with_fitting_length(datagram));
  return 0;
}
