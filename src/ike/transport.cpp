// The transport below the exchanges: message windows, retransmission with the cached response (RFC 7296 §2.1 to §2.3),
// sealing and fragments (RFC 7383).
#include "base/check.h"
#include "base/timers.h"
#include "ike/auth.h"
#include "ike/create_child.h"
#include "ike/followup_ke.h"
#include "ike/informational.h"
#include "ike/init.h"
#include "ike/intermediate.h"
#include "ike/resume.h"
#include "ike/session.h"
#include "ike/wire/describe.h"

namespace agilevpn::ike {

namespace {

wire::Header header_of(const IkeSa& ike_sa, wire::ExchangeType type, bool is_response, std::uint32_t message_id) {
  return {.spi_i = ike_sa.spi_i,
          .spi_r = ike_sa.spi_r,
          .exchange = type,
          .is_from_original_initiator = ike_sa.is_original_initiator,
          .is_response = is_response,
          .message_id = message_id};
}

Duration backoff(const Settings& settings, int attempts) {
  const Duration doubled = settings.retransmit_first * (std::int64_t{1} << std::min(attempts - 1, 16));
  return std::min<Duration>(doubled, limits::retransmit_longest);
}

}  // namespace

// ---- Out

std::size_t Session::fragment_limit() const {
  if (!peer_fragments || !settings().fragmentation) return 0;
  constexpr std::size_t udp_and_marker = 8 + 4;
  return settings().fragment_size - (path.local.address.is_v4() ? 20 : 40) - udp_and_marker;
}

std::vector<Bytes> Session::encode(IkeSa& ike_sa, const wire::Header& header, const wire::Payloads& payloads) {
  if (wire::is_initial(header.exchange)) return {wire::encode_message({header, payloads})};
  CHECK(ike_sa.cipher.has_value());
  return ike_sa.cipher->seal(header, payloads, fragment_limit(), context.random);
}

void Session::transmit(const std::vector<Bytes>& datagrams, const Path& to) {
  for (const Bytes& datagram : datagrams) context.transmits.push_back({to, datagram});
}

void Session::send_request(Instant now, IkeSa& ike_sa, std::unique_ptr<Exchange> exchange) {
  CHECK(!ike_sa.outstanding.has_value());
  const auto payloads = exchange->build(*this, ike_sa, now);
  if (!payloads) return;
  const wire::Header header = header_of(ike_sa, exchange->type(), false, ike_sa.next_request_id);
  OutstandingRequest request{.exchange = std::move(exchange),
                             .message_id = ike_sa.next_request_id++,
                             .datagrams = encode(ike_sa, header, *payloads),
                             .path = path,
                             .sent = now,
                             .resend_at = now + settings().retransmit_first};
  if (const auto other = request.exchange->path()) request.path = *other;
  note_sent(*this, header, *payloads);
  transmit(request.datagrams, request.path);
  trace(MessageSeen::Direction::Sent, header, *payloads, request.path, request.datagrams.front().size());
  if (handshake && wire::is_initial(header.exchange)) remember_init_request(*this, request.datagrams.front());
  ike_sa.outstanding = std::move(request);
}

void Session::send_response(IkeSa& ike_sa, wire::ExchangeType type, const wire::Payloads& payloads, const Path& to) {
  const wire::Header header = header_of(ike_sa, type, true, ike_sa.expected_request_id);
  ike_sa.last_response = CachedResponse{ike_sa.expected_request_id++, encode(ike_sa, header, payloads), std::nullopt};
  note_sent(*this, header, payloads);
  ike_sa.is_answering = false;
  transmit(ike_sa.last_response->datagrams, to);
  trace(MessageSeen::Direction::Sent, header, payloads, to, ike_sa.last_response->datagrams.front().size());
}

void Session::resend(Instant now, IkeSa& ike_sa) {
  if (!ike_sa.outstanding || is_suspended_) return;
  OutstandingRequest& request = *ike_sa.outstanding;
  request.resend_at = now + backoff(settings(), request.attempts);
  request.was_resent = true;
  transmit(request.datagrams, request.path);
  emit(MessageSeen{.ike_sa = id,
                   .direction = MessageSeen::Direction::Resent,
                   .header = header_of(ike_sa, request.exchange->type(), false, request.message_id),
                   .path = request.path,
                   .size = request.datagrams.front().size(),
                   .payloads = {},
                   .summary = {}});
}

void Session::retransmit(Instant now, IkeSa& ike_sa) {
  OutstandingRequest& request = *ike_sa.outstanding;
  if (request.attempts >= settings().retransmit_attempts) return give_up(now, ike_sa);
  const bool is_out = is_mobike && request.attempts >= limits::outage_attempts && now >= last_heard + settings().outage;
  if (phase == Phase::Established && is_out) return give_up(now, ike_sa);
  ++request.attempts;
  if (request.exchange->kind() == Exchange::Kind::ReturnRoutability &&
      request.attempts == limits::return_routability_attempts)
    children.pause();
  if (!ike_sa.is_replaced) emit(PathUnresponsive{id, request.path, request.attempts});
  // A probe of another path must not hold up the session: it ends on the path in use.
  if (request.exchange->path() && request.attempts > 3) request.path = path;
  resend(now, ike_sa);
}

// Every retransmission was lost. A MOBIKE peer may be asleep or between two networks: its session waits for it. The
// session's initiator goes on asking, slowly; its responder waits to be spoken to.
void Session::give_up(Instant now, IkeSa& ike_sa) {
  if (phase == Phase::Closing) return finish(IkeSaClosed::Reason::ByUs, "its Delete was not answered");
  if (ike_sa.is_replaced) return ike_sa.outstanding->resend_at.reset();  // The peer is away, or it would be forgotten.
  const bool may_return = phase == Phase::Established && is_mobike && now < last_heard + settings().outage;
  if (!may_return) return finish(IkeSaClosed::Reason::NoAnswer, "no answer from " + path.peer.to_string());
  unreachable_until_ = last_heard + settings().outage;
  ike_sa.outstanding->resend_at.reset();
  if (!is_initiator) return;
  emit(PathUnresponsive{id, ike_sa.outstanding->path, ++ike_sa.outstanding->attempts});
  transmit(ike_sa.outstanding->datagrams, ike_sa.outstanding->path);
  ike_sa.outstanding->resend_at = now + limits::retransmit_longest;
}

// ---- In

void Session::handle_message(Instant now, const Path& from, const wire::Message& message, ByteView datagram) {
  IkeSa* const ike_sa = ike_sas.find(message.header);
  if (!ike_sa || phase == Phase::Closed) return;
  if (message.header.is_from_original_initiator == ike_sa->is_original_initiator)
    return emit(DatagramDropped{from, "reflected: it has our own role in its flags"});
  if (wire::is_initial(message.header.exchange)) {
    trace(MessageSeen::Direction::Received, message.header, message.payloads, from, datagram.size());
    const bool is_init = message.header.exchange == wire::ExchangeType::IkeSaInit;
    return (is_init ? handle_init_response : handle_resume_response)(*this, *ike_sa, now, from, message, datagram);
  }
  if (!prepare_keys(*this, *ike_sa)) return emit(DatagramDropped{from, "no keys yet to open it with"});
  if (is_repeated_request(*ike_sa, from, message, datagram)) return;
  auto opened = open(now, *ike_sa, from, message, datagram);
  if (!opened) return;
  if (message.header.is_response)
    handle_response(now, *ike_sa, from, message.header, *std::move(opened));
  else
    handle_request(now, *ike_sa, from, message.header, *std::move(opened));
}

// The request that we answered last has come again: so does the response, to where it came from (RFC 7296 §2.1; MOBIKE
// peers send one request from several addresses, RFC 4555 §3.3). For fragments, the first one counts (RFC 7383 §2.6.1).
// Only the peer's own octets do: nobody else shall make us send responses to whom he likes.
bool Session::is_repeated_request(IkeSa& ike_sa, const Path& from, const wire::Message& message, ByteView datagram) {
  if (message.header.is_response) return false;
  const std::uint32_t message_id = message.header.message_id;
  if (message_id == ike_sa.expected_request_id) return false;
  const bool is_last = ike_sa.last_response && ike_sa.last_response->message_id == message_id;
  const auto* fragment = wire::find<wire::EncryptedFragmentPayload>(message.payloads);
  if (!is_last) {
    emit(DatagramDropped{from, "its message ID is outside the window"});
  } else if (!fragment || fragment->number == 1) {
    const auto* sk = wire::find<wire::EncryptedPayload>(message.payloads);
    const auto& cipher = ike_sa.last_response->former_cipher ? ike_sa.last_response->former_cipher : ike_sa.cipher;
    const bool is_authentic = (fragment || sk) && cipher->open(datagram, fragment ? fragment->body : sk->body);
    if (is_authentic) transmit(ike_sa.last_response->datagrams, from);
  }
  return true;
}

std::optional<Opened> Session::open(Instant now, IkeSa& ike_sa, const Path& from, const wire::Message& message,
                                    ByteView datagram) {
  const auto reject = [&](std::string reason) -> std::optional<Opened> {
    emit(DatagramDropped{from, std::move(reason)});
    return std::nullopt;
  };
  if (const auto* sk = wire::find<wire::EncryptedPayload>(message.payloads)) {
    auto text = ike_sa.cipher->open(datagram, sk->body);
    if (!text) return reject("its integrity check failed");
    return Opened{sk->first_inner, *std::move(text), to_bytes(datagram.first(datagram.size() - sk->body.size()))};
  }
  const auto* skf = wire::find<wire::EncryptedFragmentPayload>(message.payloads);
  if (!skf) return reject("it is not encrypted");
  if (!settings().fragmentation) return reject("it is a fragment, and we did not agree to fragments");
  auto text = ike_sa.cipher->open(datagram, skf->body);
  if (!text) return reject("its integrity check failed");
  Reassembly& reassembly = message.header.is_response ? ike_sa.responses : ike_sa.requests;
  constexpr std::size_t fragment_numbers_size = 4;
  const ByteView prefix = datagram.first(datagram.size() - skf->body.size() - fragment_numbers_size);
  if (reassembly.add(now, message.header.message_id, *skf, prefix, *std::move(text)) != Reassembly::Result::Complete)
    return std::nullopt;
  return reassembly.take();
}

void Session::heard(Instant now, const Path& from) {
  last_heard = std::max(last_heard, now);
  unanswered_since_.reset();
  unreachable_until_.reset();
  if (presented && phase == Phase::Established) spend_ticket(now);
  for (IkeSa& ike_sa : ike_sas) {
    if (!ike_sa.outstanding) continue;
    const auto& again = ike_sa.outstanding->resend_at;
    const bool was_last =
        ike_sa.outstanding->attempts >= settings().retransmit_attempts;  // Then nothing comes but the end.
    if (again && *again <= now + limits::retransmit_soon && !was_last) continue;
    ike_sa.outstanding->attempts = 1;
    if (!again) ike_sa.outstanding->path = from;
    resend(now, ike_sa);
  }
}

void Session::spend_ticket(Instant now) {
  context.ticket_box.spend(context.calendar(now), presented->opaque, presented->expires);
  presented.reset();
}

void Session::handle_request(Instant now, IkeSa& ike_sa, const Path& from, const wire::Header& header, Opened opened) {
  if (ike_sa.is_answering) return;  // The response will come.
  const auto payloads = wire::decode_payloads(opened.first, opened.octets);
  heard(now, from);
  ike_sas.handle_heard(now, ike_sa);
  if (!payloads) {
    emit(DatagramDropped{from, payloads.error().to_string()});
    return send_response(ike_sa, header.exchange, {wire::notify(wire::NotifyType::InvalidSyntax)}, from);
  }
  trace(MessageSeen::Direction::Received, header, *payloads, from, opened.octets.size());
  note_received(*this, header, opened);
  if (const auto unknown = wire::unsupported_critical(*payloads)) {
    const Bytes type{static_cast<std::byte>(*unknown)};
    return send_response(ike_sa, header.exchange, {wire::notify(wire::NotifyType::UnsupportedCriticalPayload, type)},
                         from);
  }
  // Who speaks on the new IKE SA has our response to its rekey; unless it deletes that one since our own rekey won.
  const bool has_lost = outstanding(Exchange::Kind::RekeyIke) && wire::find<wire::DeletePayload>(*payloads);
  if (&ike_sa == ike_sas.awaited() && !has_lost) adopt_successor(now);
  // Without MOBIKE, a peer behind a NAT is where it was last heard from (RFC 7296 §2.23).
  if (is_established() && !is_mobike && nat.is_peer_behind_nat && from != path) set_path(now, from, nat, true);
  ike_sa.is_answering = true;
  switch (header.exchange) {
    case wire::ExchangeType::IkeIntermediate: return handle_intermediate_request(*this, ike_sa, from, *payloads);
    case wire::ExchangeType::IkeAuth: return handle_auth_request(*this, ike_sa, now, from, *payloads);
    case wire::ExchangeType::CreateChildSa:
      return finish_request(now, ike_sa, from, answer_create_child(*this, ike_sa, now, *payloads), header.exchange);
    case wire::ExchangeType::IkeFollowupKe:
      return finish_request(now, ike_sa, from, answer_followup(*this, ike_sa, now, *payloads), header.exchange);
    case wire::ExchangeType::Informational:
      return finish_request(now, ike_sa, from, answer_informational(*this, ike_sa, now, from, *payloads),
                            header.exchange);
    default: return finish_request(now, ike_sa, from, {wire::notify(wire::NotifyType::InvalidSyntax)}, header.exchange);
  }
}

void Session::finish_request(Instant now, IkeSa& ike_sa, const Path& from, const wire::Payloads& response,
                             wire::ExchangeType type) {
  send_response(ike_sa, type, response, from);
  if (is_due(ike_sa.forget_at, now)) serve_ike_sas(now);  // Our response to its Delete is out.
  pump(now);
}

void Session::handle_response(Instant now, IkeSa& ike_sa, const Path& from, const wire::Header& header, Opened opened) {
  const auto& waiting = ike_sa.outstanding;
  if (!waiting || waiting->message_id != header.message_id || waiting->exchange->type() != header.exchange)
    return emit(DatagramDropped{from, "a response that we do not wait for"});
  const auto payloads = wire::decode_payloads(opened.first, opened.octets);
  OutstandingRequest request = *std::exchange(ike_sa.outstanding, std::nullopt);
  heard(now, from);
  ike_sas.handle_heard(now, ike_sa);
  if (!payloads) {
    emit(DatagramDropped{from, payloads.error().to_string()});
    return finish(IkeSaClosed::Reason::Refused, "the peer's response is malformed: " + payloads.error().to_string());
  }
  trace(MessageSeen::Direction::Received, header, *payloads, from, opened.octets.size());
  note_received(*this, header, opened);
  // The answer to a copy that took the former path says nothing about this one, and which copy it answers nobody knows.
  const bool is_its_path =
      from.local.address == request.path.local.address && from.peer.address == request.path.peer.address;
  if (is_established() && request.exchange->confirms_path(*payloads))
    emit(PathConfirmed{id, is_its_path ? request.path : from, request.round_trip(now)});
  request.exchange->process(*this, ike_sa, now, *payloads);
  if (request.exchange->goes_on()) go_on(now, ike_sa, std::move(request.exchange));
  pump(now);
}

// The next request of the same exchange. If the peer has replaced the IKE SA meanwhile, a Child SA begins anew on the new one.
void Session::go_on(Instant now, IkeSa& ike_sa, std::unique_ptr<Exchange> exchange) {
  if (&ike_sa == &current() || exchange->kind() == Exchange::Kind::RekeyIke)
    return send_request(now, ike_sa, std::move(exchange));
  queue_.push_front(std::move(exchange));
}

void Session::trace(MessageSeen::Direction direction, const wire::Header& header, const wire::Payloads& payloads,
                    const Path& on, std::size_t size) {
  emit(MessageSeen{.ike_sa = id,
                   .direction = direction,
                   .header = header,
                   .path = on,
                   .size = size,
                   .payloads = wire::describe(payloads),
                   .summary = wire::summarize(payloads)});
}

}  // namespace agilevpn::ike
