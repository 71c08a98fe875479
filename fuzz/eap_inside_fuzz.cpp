// Whatever stands inside the TLS of PEAP and EAP-TTLS, and how it is cut into fragments: AVPs, TLVs, packets without a
// head, Type-Data. The lowest bits of the first octet choose which.
#include "base/check.h"
#include "eap/peap_binding.h"
#include "eap/peap_packet.h"
#include "eap/tls_framing.h"
#include "eap/ttls_avp.h"

namespace {

using namespace agilevpn;
using namespace agilevpn::eap;

void read_avps(ByteView octets) {
  const auto avps = ttls::decode(octets);
  if (!avps) return;
  Writer again;
  for (const auto& avp : *avps) ttls::encode(again, static_cast<ttls::AvpCode>(avp.code), avp.data, avp.vendor);
  const auto same = ttls::decode(again.view());
  CHECK(same && same->size() == avps->size());
  (void)ttls::eap_message(*avps);
  (void)ttls::unknown_mandatory(*avps);
}

void read_extensions(ByteView octets) {
  const auto extensions = peap::decode_extensions(octets);
  if (!extensions) return;
  const auto same = peap::decode_extensions(peap::encode(*extensions));
  CHECK(same && same->result == extensions->result && same->binding == extensions->binding);
}

void read_packet(ByteView octets) {
  const Bytes packet = peap::decompress(octets, Code::Request, 7);
  const auto decoded = decode(packet);
  if (decoded) (void)peap::compress(encode(*decoded));
}

// Each piece of the input is a packet.
void read_fragments(ByteView octets) {
  TlsFraming framing{20};
  Reader in{octets};
  while (!in.at_end()) {
    const std::size_t size = *in.u8("size");
    auto turn = framing.handle(*in.take(std::min(size, in.remaining()), "packet"));
    if (!turn) return;
    auto* message = std::get_if<TlsFraming::Message>(&*turn);
    if (message) (void)framing.send(std::move(message->data));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 60000) return 0;
  const ByteView octets = std::as_bytes(std::span{data, size}).subspan(1);
  switch (data[0] & 3u) {
    case 0: read_avps(octets); break;
    case 1: read_extensions(octets); break;
    case 2: read_packet(octets); break;
    default: read_fragments(octets); break;
  }
  return 0;
}
