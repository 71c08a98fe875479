// Seals and opens the messages of one IKE SA with the keys out of somebody's key log. AES-GCM-16 only.
#pragma once

#include <optional>
#include <vector>

#include "crypto/packet_cipher.h"
#include "ike/endpoint.h"
#include "ike/wire/message.h"

namespace agilevpn::sim {

class MessageForge {
 public:
  // The newest IKE SA in the log. Who speaks: its original initiator or the other one.
  MessageForge(const std::vector<ike::KeyLogEntry>& log, bool is_original_initiator);

  IkeSpi spi_i() const { return spi_i_; }
  ike::wire::Header request_header(ike::wire::ExchangeType exchange, std::uint32_t message_id) const;
  ike::wire::Header response_header(ike::wire::Header request) const;
  // A whole message with these octets in its SK payload.
  Bytes seal(const ike::wire::Header& header, ike::wire::PayloadType first, ByteView octets);
  Bytes seal(const ike::wire::Header& header, const ike::wire::Payloads& payloads);
  // What stands in a message of either side. Nothing if it is no SK message of this IKE SA.
  std::optional<ike::wire::Payloads> open(ByteView datagram) const;

 private:
  crypto::PacketCipher cipher(bool of_original_initiator) const;

  IkeSpi spi_i_, spi_r_;
  bool is_original_initiator_;
  crypto::CipherSuite suite_;
  Secret key_i_, key_r_;  // SK_ei, SK_er
  std::uint64_t next_iv_ = std::uint64_t{1} << 32;
};

}  // namespace agilevpn::sim
