#include "sim/forger.h"

#include "sim/require.h"

namespace agilevpn::sim {

namespace wire = ike::wire;

namespace {

// What a host sent in its newest IKE SA says in whose place it speaks.
std::vector<wire::Header> sent_headers(const Pair& pair, const EndpointHost& as) {
  const IkeSpi spi_i = MessageForge{as.key_log(), false}.spi_i();
  std::vector<wire::Header> headers;
  for (const Datagram& datagram : pair.sent())
    if (const auto header = datagram.header(); header && datagram.from == &as && header->spi_i == spi_i)
      headers.push_back(*header);
  require(!headers.empty(), "there is nobody to speak for");
  return headers;
}

}  // namespace

Forger::Forger(Pair& pair, EndpointHost& as)
    : pair_(pair), as_(as), forge_(as.key_log(), sent_headers(pair, as).back().is_from_original_initiator) {
  for (const wire::Header& header : sent_headers(pair, as))
    if (!header.is_response) next_request_id_ = header.message_id + 1;
}

void Forger::inject(ByteView octets) {
  const Path path = as_.ike_sa().path;
  pair_.inject({path.peer, path.local, path.interface}, octets);
}

std::optional<wire::Payloads> Forger::request(wire::ExchangeType exchange, const wire::Payloads& payloads) {
  require(pair_.is_idle(), "something is in flight");
  inject(seal(request_header(exchange), payloads));
  ++next_request_id_;
  if (pair_.is_idle()) return std::nullopt;
  return open(pair_.take_next().octets);
}

const wire::NotifyPayload* find_notify(const std::optional<wire::Payloads>& payloads, wire::NotifyType type) {
  return payloads ? wire::find_notify(*payloads, type) : nullptr;
}

}  // namespace agilevpn::sim
