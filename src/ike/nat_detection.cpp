#include "ike/nat_detection.h"

#include <algorithm>

#include "base/codec.h"
#include "crypto/hash.h"

namespace agilevpn::ike {

Bytes nat_detection_hash(IkeSpi spi_i, IkeSpi spi_r, const SocketAddress& address) {
  const Bytes spis = Writer{}.u64(spi_i.value).u64(spi_r.value).take();
  const Bytes port = Writer{}.u16(address.port).take();
  return crypto::hash(crypto::HashId::Sha1, {spis, address.address.bytes(), port});
}

void add_nat_detection(wire::Payloads& payloads, IkeSpi spi_i, IkeSpi spi_r, const Path& path) {
  using wire::NotifyType;
  payloads.push_back(wire::notify(NotifyType::NatDetectionSourceIp, nat_detection_hash(spi_i, spi_r, path.local)));
  payloads.push_back(wire::notify(NotifyType::NatDetectionDestinationIp, nat_detection_hash(spi_i, spi_r, path.peer)));
}

NatFindings find_nat(const wire::Payloads& payloads, IkeSpi spi_i, IkeSpi spi_r, const Path& path) {
  const Bytes peer_as_we_see_it = nat_detection_hash(spi_i, spi_r, path.peer);
  NatFindings found;
  bool has_source = false, is_source_right = false;
  for (const wire::Payload& payload : payloads) {
    const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body);
    if (!notify) continue;
    if (notify->type == wire::NotifyType::NatDetectionSourceIp) {  // There may be several (§2.23).
      has_source = true;
      is_source_right |= equal(notify->data, peer_as_we_see_it);
    } else if (notify->type == wire::NotifyType::NatDetectionDestinationIp) {
      found.our_mapping = notify->data;
    }
  }
  found.was_checked = has_source && !found.our_mapping.empty();
  if (!found.was_checked) return found;
  found.is_peer_behind_nat = !is_source_right;
  found.is_local_behind_nat = !equal(found.our_mapping, nat_detection_hash(spi_i, spi_r, path.local));
  return found;
}

}  // namespace agilevpn::ike
