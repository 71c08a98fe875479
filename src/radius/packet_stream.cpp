#include "radius/packet_stream.h"

#include "radius/limits.h"

namespace agilevpn::radius {

void PacketStream::handle_octets(ByteView octets) {
  buffered_.erase(buffered_.begin(), buffered_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  append(buffered_, octets);
}

Decoded<std::optional<Bytes>> PacketStream::poll_packet() {
  constexpr std::size_t through_length = 4;  // Code, Identifier, Length
  const ByteView rest = ByteView{buffered_}.subspan(taken_);
  if (rest.size() < through_length) return std::nullopt;
  Reader in{rest.subspan(2), 2};
  TRY_ASSIGN(const std::size_t length, in.u16("Length"));
  if (length < limits::packet_smallest || length > limits::packet_largest) {
    return in.fail(DecodeError::Kind::BadLength, "Length", 2);
  }
  if (rest.size() < length) return std::nullopt;
  taken_ += length;
  return to_bytes(rest.first(length));
}

}  // namespace agilevpn::radius
