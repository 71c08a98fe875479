#include "sim/stock/gateway.h"

#include <algorithm>

#include "sim/stock/datagram.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

namespace {

constexpr std::uint64_t first_host = 2, last_host = 250;  // Of a pool.

bool is_ike_sa_init(const wire::Header& header) {
  return header.exchange == wire::ExchangeType::IkeSaInit && !header.is_response && header.spi_r.is_zero();
}

}  // namespace

StockGateway::StockGateway(Host& host, const GatewayKind& kind, Site site, Random& random)
    : host_(host), kind_(kind), site_(std::move(site)), random_(random) {
  host.run(this);
}

std::vector<const Session*> StockGateway::sessions() const {
  std::vector<const Session*> all;
  for (const auto& guest : guests_)
    if (guest->session) all.push_back(guest->session.get());
  return all;
}

Session::Counts StockGateway::counts() const {
  Session::Counts sum = counts_;
  for (const Session* session : sessions()) sum += session->counts();
  return sum;
}

std::vector<std::string> StockGateway::mistakes() const {
  std::vector<std::string> all;
  for (const auto& guest : guests_) std::ranges::copy(guest->data_plane.mistakes(), std::back_inserter(all));
  return all;
}

// ---- The network

void StockGateway::handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) {
  const Instant now = host_.now();
  if (protocol == Packet::Protocol::Esp) {
    give_esp(now, false, payload);
  } else if (const auto message = ike_message(path, payload)) {
    give_ike(now, path, *message);
  } else {
    give_esp(now, true, payload);
  }
  pump();
}

// What belongs to nothing and begins nothing is dropped without a word, AuthIP too.
void StockGateway::give_ike(Instant now, const Path& from, ByteView datagram) {
  const auto header = wire::decode_header(datagram);
  if (!header) return;
  for (const auto& guest : guests_) {
    if (guest->session && guest->session->has(header->spi_i))
      return guest->session->handle_datagram(now, from, datagram);
    if (guest->reception && guest->reception->spi_i() == header->spi_i)
      return guest->reception->handle_datagram(now, from, datagram);
  }
  if (is_ike_sa_init(*header)) greet(now, from, datagram);
}

void StockGateway::greet(Instant now, const Path& from, ByteView datagram) {
  const auto message = wire::decode_message(datagram);
  const bool is_whole = message && wire::find<wire::SaPayload>(message->payloads) &&
                        wire::find<wire::KePayload>(message->payloads) &&
                        wire::find<wire::NoncePayload>(message->payloads);
  const auto lease = free_lease();
  if (!is_whole || !lease) return;
  if (auto no = Reception::refuse(kind_.kind, message->payloads)) {
    wire::Message response{.header = message->header, .payloads = {*std::move(no)}};
    response.header.is_response = true;
    response.header.is_from_original_initiator = false;
    const auto type = std::get<wire::NotifyPayload>(response.payloads[0].body).type;
    if (type != wire::NotifyType::InvalidKePayload) refused_.push_back(wire::to_string(type));
    return transmit({from, wire::encode_message(response)});
  }
  auto guest = std::make_unique<Guest>();
  guest->lease = *lease;
  guest->reception = std::make_unique<Reception>(kind_, site_, random_, now, from, *message, datagram, *lease);
  guests_.push_back(std::move(guest));
}

// The next that nobody has; what a client wishes for does not count, which is a guess.
std::optional<ike::Lease> StockGateway::free_lease() const {
  for (std::uint64_t number = first_host; number <= last_host; ++number) {
    ike::Lease lease = site_.common;
    lease.ipv4 = site_.pool_v4.address.plus(number);
    lease.ipv6 = IpPrefix{*site_.pool_v6.address.plus(number), 64};
    if (!kind_.tells_servers) lease.servers.clear();
    const bool is_free =
        std::ranges::none_of(guests_, [&](const auto& guest) { return guest->lease.ipv4 == lease.ipv4; });
    if (is_free) return lease;
  }
  return std::nullopt;
}

void StockGateway::give_esp(Instant now, bool is_in_udp, ByteView packet) {
  for (const auto& guest : guests_) {
    if (!guest->session) continue;
    const auto opened = guest->data_plane.open(now, packet);
    if (!opened) continue;
    // A kernel takes ESP in UDP only where it was agreed on, and then no other.
    if (guest->data_plane.child_sas().at(opened->child).path.udp_encapsulation != is_in_udp) {
      ++esp_dropped_;
      return;
    }
    guest->session->handle_esp(now);
    guest->session->handle_traffic(now, opened->inner_packet.size());
    if (on_packet) on_packet(opened->inner_packet);
    return;
  }
}

bool StockGateway::send(ByteView inner_packet) {
  for (const auto& guest : guests_) {
    const auto sealed = guest->session ? guest->data_plane.seal(inner_packet) : std::nullopt;
    if (!sealed) continue;
    host_.send(sealed->path.path, sealed->path.udp_encapsulation ? Packet::Protocol::Udp : Packet::Protocol::Esp,
               sealed->packet);
    guest->session->handle_traffic(host_.now(), inner_packet.size());
    pump();
    host_.arm();
    return true;
  }
  return false;
}

// ---- Time

void StockGateway::handle_timeout() {
  for (const auto& guest : guests_)
    if (guest->session) guest->session->handle_timeout(host_.now());
  pump();
}

std::optional<Instant> StockGateway::poll_timeout() const {
  std::optional<Instant> next;
  for (const auto& guest : guests_)
    take_earlier(next, guest->session ? guest->session->poll_timeout() : std::optional{guest->reception->ends_at()});
  return next;
}

// ---- What came of it

void StockGateway::transmit(const ike::Transmit& out) { host_.send(out.path, Packet::Protocol::Udp, udp_payload(out)); }

void StockGateway::pump() {
  const Instant now = host_.now();
  for (const auto& guest : guests_) pump(now, *guest);
  std::erase_if(guests_, [&](const auto& guest) { return is_gone(now, *guest); });
}

void StockGateway::pump(Instant now, Guest& guest) {
  while (const auto out = guest.reception ? guest.reception->poll_transmit() : std::nullopt) transmit(*out);
  if (guest.reception && guest.reception->outcome()) take_outcome(now, guest);
  while (const auto out = guest.session ? guest.session->poll_transmit() : std::nullopt) transmit(*out);
  while (auto change = guest.session ? guest.session->poll_sa_change() : std::nullopt)
    guest.data_plane.apply(*std::move(change));
  guest.data_plane.take_last_reports();
}

void StockGateway::take_outcome(Instant now, Guest& guest) {
  auto outcome = *std::exchange(guest.reception->outcome(), std::nullopt);
  if (auto* failed = std::get_if<NotOpened>(&outcome)) return refused_.push_back(std::move(failed->reason));
  guest.session = std::make_unique<Session>(kind_.kind, random_, now, std::get<Opened>(std::move(outcome)));
  guest.reception.reset();
}

bool StockGateway::is_gone(Instant now, Guest& guest) {
  if (!guest.session) return now >= guest.reception->ends_at();
  if (!guest.session->ending()) return false;
  endings_.push_back({now, guest.session->ending()->reason});
  counts_ += guest.session->counts();
  return true;
}

}  // namespace agilevpn::sim::stock
