// Speaks in a host's place behind its valid keys, and says what an engine never would: how peers misbehave in tests and
// in the engine's fuzzer. Knows the host's newest IKE SA by its key log; AES-GCM-16 only.
#pragma once

#include "crypto/packet_cipher.h"
#include "sim/pair.h"

namespace agilevpn::sim {

class Forger {
 public:
  // `as` is one of the pair's hosts, with an established IKE SA.
  Forger(Pair& pair, EndpointHost& as);

  // The header of a request that the other host expects next, or of a response to its request.
  ike::wire::Header request_header(ike::wire::ExchangeType exchange) const;
  ike::wire::Header response_header(const Datagram& request) const;
  // A whole message with these octets in its SK payload.
  Bytes seal(const ike::wire::Header& header, ike::wire::PayloadType first, ByteView octets);
  Bytes seal(const ike::wire::Header& header, const ike::wire::Payloads& payloads);
  // What stands in a message of the other host, or of the forged one. Nothing if it is no SK message of this IKE SA.
  std::optional<ike::wire::Payloads> open(ByteView datagram);

  // To the other host, as if from the session's path.
  void inject(ByteView octets);
  // Sends a request and takes the response out of flight. Nothing: there was none.
  std::optional<ike::wire::Payloads> request(ike::wire::ExchangeType exchange, const ike::wire::Payloads& payloads);

 private:
  crypto::PacketCipher cipher(const Secret& key) const;

  Pair& pair_;
  EndpointHost& as_;
  IkeSpi spi_i_, spi_r_;
  bool is_original_initiator_ = false;
  std::uint32_t next_request_id_ = 0;
  crypto::CipherSuite suite_;
  Secret key_i_, key_r_;  // SK_ei, SK_er
  std::uint64_t next_iv_ = std::uint64_t{1} << 32;
};

// The notify of this type, nullptr if there is none.
const ike::wire::NotifyPayload* find_notify(const std::optional<ike::wire::Payloads>& payloads, ike::wire::NotifyType type);

}  // namespace agilevpn::sim
