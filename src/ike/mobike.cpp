#include "ike/mobike.h"

#include <algorithm>

#include "base/codec.h"
#include "base/secret.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

constexpr std::size_t cookie2_size = 16;

// NO_NATS_ALLOWED: the addresses and ports as the sender has them (§4.2.6), seen from the receiver here.
Bytes no_nats_data(const SocketAddress& source, const SocketAddress& destination) {
  return Writer{}
      .bytes(source.address.bytes())
      .bytes(destination.address.bytes())
      .u16(source.port)
      .u16(destination.port)
      .take();
}

std::optional<NotifyType> find_path_refusal(const wire::Payloads& response) {
  for (const NotifyType refusal : wire::path_refusals)
    if (wire::find_notify(response, refusal)) return refusal;
  return std::nullopt;
}

class UpdateAddressesExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::UpdateAddresses; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }

  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant) override {
    built_on_ = session.path;
    wire::Payloads payloads{wire::notify(NotifyType::UpdateSaAddresses)};
    session.add_nat_detection(payloads, ike_sa, session.path);
    add_nat_prohibition(session, payloads, session.path);
    add_additional_addresses(session, payloads, session.context.addresses, session.path.local.address);
    return payloads;
  }

  bool confirms_path(const wire::Payloads& response) const override { return !find_path_refusal(response); }
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override {
    // "If the path has changed since, the exchange is done again" (§3.5): what it said of NATs is about the former path.
    if (built_on_ != session.path) {
      if (!session.has_queued(kind())) session.enqueue(now, update_addresses());
      return;
    }
    if (const auto refusal = find_path_refusal(response))
      return session.refuse(wire::ExchangeType::Informational, *refusal, true,
                            "the peer refuses to move to " + built_on_.to_string());
    session.note_nat(find_nat(response, ike_sa.spi_i, ike_sa.spi_r, session.path));
  }

 private:
  Path built_on_;
};

class AnnounceAddressesExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::AnnounceAddresses; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }
  std::optional<Path> path() const override { return path_; }

  std::optional<wire::Payloads> build(Session& session, IkeSa&, Instant) override {
    // The address that the session uses may be the one that went: then another of ours must speak (§3.6).
    const auto& addresses = session.context.addresses;
    const IpAddress& in_use = session.path.local.address;
    const auto other = std::ranges::find(addresses, in_use.family(), &IpAddress::family);
    if (is_address_gone(session) && other != addresses.end()) {
      path_ = session.path;
      path_->local.address = *other;
      path_->interface = 0;
    }
    wire::Payloads payloads;
    const Path& request_path = path_ ? *path_ : session.path;
    add_additional_addresses(session, payloads, addresses, request_path.local.address);
    add_nat_prohibition(session, payloads, request_path);
    return payloads;
  }
  // Moving is the initiator's part (§3.5), but from an address that is gone nothing can be sent meanwhile, and strongSwan
  // 5.9 as the initiator never moves: it sends to wherever we spoke from last.
  void process(Session& session, IkeSa&, Instant now, const wire::Payloads&) override {
    if (path_ && !session.is_initiator && is_address_gone(session)) session.set_path(now, *path_, session.nat, false);
  }

 private:
  static bool is_address_gone(const Session& session) {
    const auto& addresses = session.context.addresses;
    return !addresses.empty() && std::ranges::find(addresses, session.path.local.address) == addresses.end();
  }

  std::optional<Path> path_;
};

// Return routability (§3.7): the peer's new address must be able to answer what it cannot guess.
class ReturnRoutabilityExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::ReturnRoutability; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }

  std::optional<wire::Payloads> build(Session& session, IkeSa&, Instant) override {
    cookie_ = session.context.random.public_bytes(cookie2_size);
    return wire::Payloads{wire::notify(NotifyType::Cookie2, cookie_)};
  }
  void process(Session& session, IkeSa&, Instant, const wire::Payloads& response) override {
    session.children.resume(session.esp_path());
    const auto* echo = wire::find_notify(response, NotifyType::Cookie2);
    // "If the contents do not match, the IKE_SA MUST be closed" (§3.7)
    if (!echo || !equal_in_constant_time(echo->data, cookie_))
      session.finish(IkeSaClosed::Reason::Refused, "its return routability check came back wrong (RFC 4555 §3.7)");
  }

 private:
  Bytes cookie_;
};

// Carries an UPDATE_SA_ADDRESSES out (§3.5). Only the session's initiator moves it.
void update_path(Session& session, IkeSa& ike_sa, Instant now, const Path& from, const wire::Payloads& request) {
  if (session.is_initiator) return;
  const NatFindings findings = find_nat(request, ike_sa.spi_i, ike_sa.spi_r, from);
  const bool is_new_address = from.peer.address != session.path.peer.address;
  session.set_path(now, from, findings, true);
  if (is_new_address && !session.has_queued(Exchange::Kind::ReturnRoutability))
    session.enqueue(now, std::make_unique<ReturnRoutabilityExchange>());
}

bool has_additional_addresses(const wire::Payloads& payloads) {
  return wire::find_notify(payloads, NotifyType::AdditionalIp4Address) ||
         wire::find_notify(payloads, NotifyType::AdditionalIp6Address) ||
         wire::find_notify(payloads, NotifyType::NoAdditionalAddresses);
}

}  // namespace

void add_nat_prohibition(const Session& session, wire::Payloads& payloads, const Path& path) {
  if (session.settings().prohibit_nat)
    payloads.push_back(wire::notify(NotifyType::NoNatsAllowed, no_nats_data(path.local, path.peer)));
}

bool is_forbidden_nat(const Session& session, const IkeSa& ike_sa, const wire::Payloads& request, const Path& from) {
  const auto* prohibition = wire::find_notify(request, NotifyType::NoNatsAllowed);
  if (prohibition && !equal(prohibition->data, no_nats_data(from.peer, from.local))) return true;
  if (!session.settings().prohibit_nat) return false;
  return session.is_established() ? find_nat(request, ike_sa.spi_i, ike_sa.spi_r, from).is_peer_behind_nat
                                  : session.nat.is_peer_behind_nat;
}

std::unique_ptr<Exchange> update_addresses() { return std::make_unique<UpdateAddressesExchange>(); }
std::unique_ptr<Exchange> announce_addresses() { return std::make_unique<AnnounceAddressesExchange>(); }

wire::Payloads answer_mobike(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                             const wire::Payloads& request) {
  wire::Payloads response;
  const bool is_update = wire::find_notify(request, NotifyType::UpdateSaAddresses) || has_additional_addresses(request);
  if (is_update && is_forbidden_nat(session, ike_sa, request, from)) {
    session.refuse(wire::ExchangeType::Informational, NotifyType::UnexpectedNatDetected, false, forbidden_nat);
    return {wire::notify(NotifyType::UnexpectedNatDetected)};
  }
  if (has_additional_addresses(request)) {
    read_additional_addresses(session, request);
    session.emit(PeerAddressesChanged{session.id, from.peer.address, session.peer_additional_addresses});
  }
  if (wire::find_notify(request, NotifyType::UpdateSaAddresses)) update_path(session, ike_sa, now, from, request);
  if (wire::find_notify(request, NotifyType::NatDetectionSourceIp)) session.add_nat_detection(response, ike_sa, from);
  const auto* cookie = wire::find_notify(request, NotifyType::Cookie2);
  if (cookie && cookie->data.size() >= limits::cookie2_size_min && cookie->data.size() <= limits::cookie_size_max)
    response.push_back(wire::notify(NotifyType::Cookie2, cookie->data));
  return response;
}

void add_additional_addresses(const Session& session, wire::Payloads& payloads, const std::vector<IpAddress>& addresses,
                              const IpAddress& in_use) {
  const bool is_peer_outside = !in_use.is_private() || session.nat.is_local_behind_nat;
  std::size_t count = 0;
  for (const IpAddress& address : addresses) {
    if (address == in_use || count == limits::additional_addresses_max) continue;
    if (is_peer_outside && address.is_private()) continue;
    ++count;
    payloads.push_back(
        wire::notify(address.is_v4() ? NotifyType::AdditionalIp4Address : NotifyType::AdditionalIp6Address,
                     to_bytes(address.bytes())));
  }
  if (count == 0) payloads.push_back(wire::notify(NotifyType::NoAdditionalAddresses));
}

void read_additional_addresses(Session& session, const wire::Payloads& payloads) {
  session.peer_additional_addresses.clear();
  for (const wire::Payload& payload : payloads) {
    const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body);
    if (!notify || session.peer_additional_addresses.size() == limits::additional_addresses_max) continue;
    if (notify->type != NotifyType::AdditionalIp4Address && notify->type != NotifyType::AdditionalIp6Address) continue;
    if (const auto address = IpAddress::from_bytes(notify->data)) session.peer_additional_addresses.push_back(*address);
  }
}

}  // namespace agilevpn::ike
