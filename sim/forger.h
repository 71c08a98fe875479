// Speaks in a host's place behind its valid keys, and says what an engine never would: how peers misbehave in tests and
// in the engine's fuzzer. Knows the host's newest IKE SA by its key log.
#pragma once

#include "sim/message_forge.h"
#include "sim/pair.h"

namespace agilevpn::sim {

class Forger {
 public:
  // `as` is one of the pair's hosts, with an established IKE SA.
  Forger(Pair& pair, EndpointHost& as);

  // The header of a request that the other host expects next, or of a response to its request.
  ike::wire::Header request_header(ike::wire::ExchangeType exchange) const {
    return forge_.request_header(exchange, next_request_id_);
  }
  ike::wire::Header response_header(const Datagram& request) const { return forge_.response_header(*request.header()); }
  Bytes seal(const ike::wire::Header& header, ike::wire::PayloadType first, ByteView octets) {
    return forge_.seal(header, first, octets);
  }
  Bytes seal(const ike::wire::Header& header, const ike::wire::Payloads& payloads) {
    return forge_.seal(header, payloads);
  }
  std::optional<ike::wire::Payloads> open(ByteView datagram) const { return forge_.open(datagram); }

  // To the other host, as if from the session's path.
  void inject(ByteView octets);
  // Sends a request and takes the response out of flight. Nothing: there was none.
  std::optional<ike::wire::Payloads> request(ike::wire::ExchangeType exchange, const ike::wire::Payloads& payloads);

 private:
  Pair& pair_;
  EndpointHost& as_;
  MessageForge forge_;
  std::uint32_t next_request_id_ = 0;
};

// The notify of this type, nullptr if there is none.
const ike::wire::NotifyPayload* find_notify(const std::optional<ike::wire::Payloads>& payloads,
                                            ike::wire::NotifyType type);

}  // namespace agilevpn::sim
