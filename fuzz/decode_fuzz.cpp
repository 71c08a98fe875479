// Any octets as a captured IP packet: `agilevpn decode` shows something, whatever it is.
#include <pcap/dlt.h>

#include "base/check.h"
#include "cli/decode/esp_reader.h"
#include "cli/decode/ike_reader.h"
#include "cli/decode/packet.h"
#include "cli/decode/text.h"

using namespace agilevpn;
using namespace agilevpn::cli;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView octets = std::as_bytes(std::span{data, size});
  const decode::KeyTable keys;
  decode::IkeReader ike{keys};
  decode::Dissector dissector{{}};
  const auto packet = dissector.dissect({.number = 1, .time = {}, .link_type = DLT_RAW, .octets = octets});
  if (packet) CHECK(!decode::to_text(ike.read(packet->octets), 0).empty());
  CHECK(!ike.read(octets).dump().empty());
  CHECK(!decode::read_esp(keys, {}, octets).dump().empty());
  if (size > 0) CHECK(!decode::read_inner(data[0], octets.subspan(1)).dump().empty());
  return 0;
}
