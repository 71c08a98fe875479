// One direction of a Child SA, as it was agreed.
#pragma once

#include "base/spi.h"
#include "base/traffic_selector.h"
#include "crypto/packet_cipher.h"

namespace agilevpn::esp {

inline constexpr std::size_t default_replay_window = 1024;  // Packets: 1.4 MB, some 10 ms at 1 Gbit/s.

struct SaParameters {
  EspSpi spi;
  crypto::CipherSuite suite;
  ByteView encryption_key;  // As crypto::PacketCipher::make() takes them; copied.
  ByteView integrity_key;
  bool extended_sequence_numbers = false;
  TrafficSelectors source;  // Of inner packets.
  TrafficSelectors destination;
  std::uint64_t sequence_number = 0;  // Sealed before, where an SA is taken over; the next packet has the next one.
};

}  // namespace agilevpn::esp
