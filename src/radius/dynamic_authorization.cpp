#include "radius/dynamic_authorization.h"

#include "base/check.h"
#include "base/pop.h"
#include "radius/dictionary.h"

namespace agilevpn::radius {

namespace {

// Attributes of a request that say which session, which NAS, or are about the packet itself (RFC 5176 §3); in a CoA-Request
// all others are the change.
constexpr std::array session_attributes = {Type::AcctSessionId, Type::UserName, Type::FramedIpAddress,
                                           Type::FramedIpv6Address, Type::CallingStationId};
constexpr std::array other_attributes = {Type::NasIpAddress,   Type::NasIpv6Address,       Type::NasIdentifier,
                                         Type::EventTimestamp, Type::MessageAuthenticator, Type::ProxyState};
constexpr std::array disconnect_attributes = {Type::Class, Type::ReplyMessage, Type::AcctTerminateCause};

bool is_one_of(const auto& list, const AttributeId& id) {
  return std::ranges::any_of(list, [&](Type type) { return AttributeId{type} == id; });
}

SessionSelector selector_of(const Attributes& attributes) {
  return {.session_id = attributes.text(Type::AcctSessionId),
          .user_name = attributes.text(Type::UserName),
          .framed_ip = attributes.ipv4(Type::FramedIpAddress),
          .framed_ipv6 = attributes.ipv6(Type::FramedIpv6Address),
          .calling_station = attributes.text(Type::CallingStationId)};
}

Attributes changes_of(const Attributes& attributes) {
  Attributes changes;
  for (const Attribute& one : attributes) {
    if (!is_one_of(session_attributes, one.id) && !is_one_of(other_attributes, one.id)) changes.add(one.id, one.value);
  }
  return changes;
}

Code answer_code(Code request, bool is_ack) {
  if (request == Code::DisconnectRequest) return is_ack ? Code::DisconnectAck : Code::DisconnectNak;
  return is_ack ? Code::CoaAck : Code::CoaNak;
}

}  // namespace

DynamicAuthorizationConfig DynamicAuthorizationConfig::copy() const {
  DynamicAuthorizationConfig other{.servers = {},
                                   .by_radsec = by_radsec,
                                   .nas_identifier = nas_identifier,
                                   .nas_addresses = nas_addresses,
                                   .need = need,
                                   .requires_event_timestamp = requires_event_timestamp};
  for (const Server& server : servers) other.servers.push_back({server.address, server.secret.copy()});
  return other;
}

bool is_order(ByteView packet) {
  if (packet.empty()) return false;
  const Code code{std::to_integer<std::uint8_t>(packet[0])};
  return code == Code::CoaRequest || code == Code::DisconnectRequest;
}

void DynamicAuthorization::handle_datagram(Instant now, WallTime date, const Origin& origin, ByteView datagram) {
  const SocketAddress& from = origin.from;
  const Secret* const secret = secret_of(origin);
  if (!secret) return drop(from, "is no server that may change sessions");
  const auto packet = decode(datagram);
  if (!packet) return drop(from, "sent what is no RADIUS packet: " + packet.error().to_string());
  if (packet->code != Code::DisconnectRequest && packet->code != Code::CoaRequest) {
    return drop(from, "sent an unexpected " + to_string(packet->code));
  }
  if (!is_authentic_request(datagram, *secret, origin.is_radsec ? MessageAuthenticator::Optional : config_.need)) {
    return drop(from, "sent a " + to_string(packet->code) +
                          " that is not authentic: the shared secrets differ, it has no "
                          "Message-Authenticator, or somebody forges");
  }
  if (!origin.is_radsec && !is_recent(date, *packet))
    return drop(from, "sent a " + to_string(packet->code) + " of another time: a replay, or a wrong clock");
  forget_old(now);
  const Key key{origin, packet->identifier, packet->authenticator};
  if (const auto known = known_.find(key); known != known_.end()) {
    if (known->second.response) transmits_.push_back({origin, *known->second.response});
    return;
  }
  Known& known = known_[key];
  known = {.received = now,
           .ask = next_ask_++,
           .code = packet->code,
           .proxy_states = {},
           .secret = secret,
           .response = std::nullopt};
  for (const ByteView state : packet->attributes.all(Type::ProxyState)) known.proxy_states.add(Type::ProxyState, state);
  ages_.emplace_back(now, key);
  if (const auto cause = objection(*packet)) return respond(key, known, cause);
  open_[known.ask] = key;
  const SessionSelector sessions = selector_of(packet->attributes);
  DynamicAsk ask{.id = known.ask, .from = from, .what = Disconnect{sessions}};
  if (packet->code == Code::CoaRequest) ask.what = ChangeOfAuthorization{sessions, changes_of(packet->attributes)};
  asks_.push_back(std::move(ask));
}

const Secret* DynamicAuthorization::secret_of(const Origin& origin) const {
  if (origin.is_radsec) return config_.by_radsec ? &radsec_ : nullptr;
  const auto found =
      std::ranges::find(config_.servers, origin.from.address, &DynamicAuthorizationConfig::Server::address);
  return found == config_.servers.end() ? nullptr : &found->secret;
}

void DynamicAuthorization::drop(const SocketAddress& from, std::string why) {
  events_.push_back(DynamicRequestDropped{from.to_string(), std::move(why)});
}

// RFC 5176 §6.3
bool DynamicAuthorization::is_recent(WallTime date, const Packet& packet) const {
  const auto seconds = packet.attributes.integer(Type::EventTimestamp);
  if (!seconds) return !config_.requires_event_timestamp;
  const WallTime made{std::chrono::seconds{*seconds}};
  return std::chrono::abs(date - made) <= limits::event_timestamp_window;
}

void DynamicAuthorization::forget_old(Instant now) {
  while (!ages_.empty() &&
         (ages_.front().first + limits::event_timestamp_window < now || ages_.size() >= limits::coa_requests_max)) {
    const auto known = known_.find(ages_.front().second);
    open_.erase(known->second.ask);
    known_.erase(known);
    ages_.pop_front();
  }
}

// What the owner need not be asked (RFC 5176 §3.5).
std::optional<ErrorCause> DynamicAuthorization::objection(const Packet& packet) const {
  const Attributes& attributes = packet.attributes;
  if (find_invalid_size(attributes)) return ErrorCause::InvalidAttributeValue;
  const auto identifier = attributes.text(Type::NasIdentifier);
  if (identifier && !config_.nas_identifier.empty() && *identifier != config_.nas_identifier) {
    return ErrorCause::NasIdentificationMismatch;
  }
  for (const auto& address : {attributes.ipv4(Type::NasIpAddress), attributes.ipv6(Type::NasIpv6Address)}) {
    const bool is_ours = !address || config_.nas_addresses.empty() ||
                         std::ranges::find(config_.nas_addresses, *address) != config_.nas_addresses.end();
    if (!is_ours) return ErrorCause::NasIdentificationMismatch;
  }
  if (attributes.has(Type::ServiceType)) return ErrorCause::UnsupportedService;  // Authorize Only (RFC 5176 §3.2).
  if (selector_of(attributes) == SessionSelector{}) return ErrorCause::MissingAttribute;
  for (const Attribute& one : changes_of(attributes)) {
    const bool is_known =
        packet.code == Code::DisconnectRequest ? is_one_of(disconnect_attributes, one.id) : look_up(one.id) != nullptr;
    if (!is_known) return ErrorCause::UnsupportedAttribute;
  }
  return std::nullopt;
}

void DynamicAuthorization::answer(std::uint64_t ask, std::optional<ErrorCause> refusal) {
  const auto open = open_.extract(ask);
  if (!open) return;
  respond(open.mapped(), known_.at(open.mapped()), refusal);
}

void DynamicAuthorization::respond(const Key& key, Known& known, std::optional<ErrorCause> refusal) {
  Packet response{.code = answer_code(known.code, !refusal),
                  .identifier = key.identifier,
                  .authenticator = {},
                  .attributes = known.proxy_states};
  if (refusal) {
    response.attributes.add_enum(Type::ErrorCause, *refusal);
    events_.push_back(DynamicRequestRefused{key.origin.from.to_string(), known.code, *refusal});
  }
  known.response = seal_response(std::move(response), key.authenticator, *known.secret);
  transmits_.push_back({key.origin, *known.response});
}

std::optional<DynamicAsk> DynamicAuthorization::poll_ask() { return pop(asks_); }
std::optional<DynamicAuthorization::Transmit> DynamicAuthorization::poll_transmit() { return pop(transmits_); }
std::optional<Event> DynamicAuthorization::poll_event() { return pop(events_); }

}  // namespace agilevpn::radius
