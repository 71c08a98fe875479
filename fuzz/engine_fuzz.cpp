// Feeds the engine as a whole: datagrams to a responder and to an initiator that waits, before there are keys; and chains
// of payloads sealed with valid keys, to either end of an established session.
//
//   input:  place (1 octet), then records until the end
//   record: control (1 octet), size (2 octets, big-endian), octets
//
// Before keys the octets are a datagram. Behind keys the first octet is the type of the first payload and the rest its
// chain; `control` chooses exchange, response or request, message ID, and what the session is doing meanwhile.
#include <array>
#include <cstdlib>

#include "sim/forger.h"

namespace {

using namespace agilevpn;
using sim::EndpointHost;
using sim::Pair;

enum class Place : std::uint8_t { AtResponder, AtInitiator, BehindKeyAtGateway, BehindKeyAtClient };

struct Record {
  std::uint8_t control = 0;
  ByteView octets;
};

std::optional<Record> read_record(Reader& in) {
  const auto control = in.u8("control");
  const auto size = in.u16("size");
  if (!control || !size) return std::nullopt;
  return Record{*control, *in.take(std::min<std::size_t>(*size, in.remaining()), "octets")};
}

// What must hold whatever a peer said.
void check(const Pair& pair) {
  for (const EndpointHost* host : {&pair.client, &pair.gateway})
    if (!host->data_plane().mistakes().empty()) std::abort();
}

void feed_responder(Reader& in) {
  Pair pair;
  while (const auto record = read_record(in)) {
    const auto port = static_cast<std::uint16_t>(500 + record->control % 4);
    pair.inject({{*pair.gateway_addresses.begin(), ike_port}, {*pair.client_addresses.begin(), port}}, record->octets);
    pair.run_for(record->control * 1ms);
  }
  pair.run_for(10min);
  check(pair);
  if (pair.gateway.engine().half_open_count() != 0) std::abort();
}

// The initiator's SPI is put into the header, which nobody could guess.
void feed_initiator(Reader& in) {
  Pair pair;
  pair.start();
  const sim::Datagram request = pair.take_next();
  bool is_answered = false;
  while (const auto record = read_record(in)) {
    Bytes datagram = to_bytes(record->octets);
    for (std::size_t i = 0; i < std::min<std::size_t>(8, datagram.size()); ++i) datagram[i] = request.octets[i];
    if ((record->control & 1u) != 0 && !std::exchange(is_answered, true)) pair.deliver(request);
    pair.inject({request.path.peer, request.path.local}, datagram);
    pair.run_for(record->control * 1ms);
  }
  check(pair);
}

// What the session is doing when the forged message comes.
void stir(EndpointHost& host, Pair& pair, unsigned what) {
  if (!host.has_ike_sa() || host.child_sas().empty()) return;
  switch (what) {
    case 1: return host.rekey_child_sa();
    case 2: return host.rekey_ike_sa();
    case 3: return pair.client.has_ike_sa() ? pair.client.move(pair.client_path()) : void();
    default: return;
  }
}

void feed_behind_key(Reader& in, bool at_gateway) {
  Pair pair = Pair::established();
  EndpointHost& forged = at_gateway ? pair.client : pair.gateway;
  EndpointHost& target = at_gateway ? pair.gateway : pair.client;
  sim::Forger forger{pair, forged};
  using Exchange = ike::wire::ExchangeType;
  static constexpr std::array exchanges{Exchange::CreateChildSa, Exchange::Informational, Exchange::IkeAuth,
                                        Exchange::IkeIntermediate};
  const Path path = target.ike_sa().path;
  ike::wire::Header header = forger.request_header(Exchange::Informational);
  while (const auto record = read_record(in)) {
    stir(target, pair, record->control >> 6);
    header.exchange = exchanges[record->control & 3u];
    ike::wire::Header sent = header;
    if ((record->control & 4u) != 0 && !pair.is_idle()) sent = forger.response_header(pair.take_next());
    if ((record->control & 8u) != 0) sent.message_id += 1;
    const auto first = record->octets.empty()
                           ? ike::wire::PayloadType::None
                           : ike::wire::PayloadType{std::to_integer<std::uint8_t>(record->octets[0])};
    pair.inject(path,
                forger.seal(sent, first, record->octets.subspan(std::min<std::size_t>(1, record->octets.size()))));
    if (!sent.is_response && sent.message_id == header.message_id) ++header.message_id;
    while ((record->control & 16u) != 0 && !pair.is_idle()) pair.drop_next();
    if ((record->control & 32u) != 0) pair.run_for(3s);
  }
  pair.run_for(3min);
  check(pair);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in{std::as_bytes(std::span{data, size})};
  const auto place = in.u8("place");
  if (!place) return 0;
  switch (Place{static_cast<std::uint8_t>(*place % 4)}) {
    case Place::AtResponder: feed_responder(in); break;
    case Place::AtInitiator: feed_initiator(in); break;
    case Place::BehindKeyAtGateway: feed_behind_key(in, true); break;
    case Place::BehindKeyAtClient: feed_behind_key(in, false); break;
  }
  return 0;
}
