// RADIUS over a stream (RFC 6613 §2.6, RFC 6614): where packets begin and end says their Length alone. For RadSec, whose TLS
// is somebody else's: octets go in as they come, whole packets come out.
#pragma once

#include "base/codec.h"

namespace agilevpn::radius {

// The shared secret of RADIUS over TLS is this word (RFC 6614 §2.3): TLS is what protects it.
inline constexpr std::string_view radsec_secret = "radsec";

class PacketStream {
 public:
  void handle_octets(ByteView octets);
  // The next packet, nothing as long as it is not whole. An error is for good: RFC 6613 §2.6.4 has the connection closed.
  Decoded<std::optional<Bytes>> poll_packet();

 private:
  Bytes buffered_;
  std::size_t taken_ = 0;  // Of buffered_, by packets that were given out.
};

}  // namespace agilevpn::radius
