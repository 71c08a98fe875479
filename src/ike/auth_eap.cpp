// IKE_AUTH with EAP (RFC 7296 §2.16), both roles. The engine carries packets; the method is the owner's:
//
//   HDR, SK {IDi, [CERTREQ,] [IDr,] [CP,] SAi2, TSi, TSr, N(...)}  -->
//                                <--  HDR, SK {IDr, [CERT,] AUTH, EAP (Request)}
//   HDR, SK {EAP (Response)}  -->
//                                <--  HDR, SK {EAP (Request)}      ... as often as the method wants
//   HDR, SK {EAP (Response)}  -->
//                                <--  HDR, SK {EAP (Success)}
//   HDR, SK {AUTH}  -->
//                                <--  HDR, SK {AUTH, [CP,] SAr2, TSi, TSr, N(...)}
//
// The last two AUTH payloads are made as with a pre-shared key, which is the method's MSK. A responder's first AUTH may be
// missing only where the method proves it too (RFC 5998).
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "ike/auth.h"
#include "ike/auth_roles.h"
#include "ike/handshake.h"
#include "ike/limits.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

// An initiator's Response, and what comes back: the next packet.
class EapRound final : public Exchange {
 public:
  explicit EapRound(Bytes packet) : packet_(std::move(packet)) {}
  Kind kind() const override { return Kind::Auth; }
  wire::ExchangeType type() const override { return wire::ExchangeType::IkeAuth; }
  std::optional<wire::Payloads> build(Session&, IkeSa&, Instant) override {
    return wire::Payloads{wire::payload(wire::EapPayload{packet_})};
  }
  void process(Session& session, IkeSa&, Instant, const wire::Payloads& response) override {
    const auto* eap = wire::find<wire::EapPayload>(response);
    if (!eap) return end_refused(session, response);
    ask_eap(session, eap->message);
  }

 private:
  Bytes packet_;
};

// What belongs to the IKE SA and its first Child SA may come with the peer's first message or with its last.
void keep_payloads(Handshake& handshake, const wire::Payloads& message) {
  for (const wire::Payload& payload : message)
    if (!std::holds_alternative<wire::EapPayload>(payload.body)) handshake.auth_message.push_back(payload);
}

// An initiator's AUTH after the method's success, and its peer's.
class FinalAuth final : public Exchange {
 public:
  explicit FinalAuth(wire::AuthPayload auth) : auth_(std::move(auth)) {}
  Kind kind() const override { return Kind::Auth; }
  wire::ExchangeType type() const override { return wire::ExchangeType::IkeAuth; }
  std::optional<wire::Payloads> build(Session&, IkeSa&, Instant) override {
    return wire::Payloads{wire::payload(auth_)};
  }
  void process(Session& session, IkeSa&, Instant now, const wire::Payloads& response) override {
    const auto* auth = wire::find<wire::AuthPayload>(response);
    if (!auth) return end_refused(session, response);
    Handshake& handshake = *session.handshake;
    const auto verified = verify_peer(session, *auth, {.key = handshake.eap->key_r.copy()});
    if (!verified) return reject_peer(session, now, verified.error().reason, verified.error().fault);
    keep_payloads(handshake, response);
    if (handshake.eap->proved_server) session.peer = *handshake.eap->proved_server;
    finish_initiator(session, now, *verified);
  }

 private:
  wire::AuthPayload auth_;
};

// RFC 5998 §3: "Both the initiator and responder MUST verify that the EAP method actually used provided mutual
// authentication and established a shared secret key."
std::optional<std::string> why_not_alone(const HandshakeEap& eap, const EapSucceeded& succeeded) {
  if (!eap.is_alone || (succeeded.proves_server && !succeeded.msk.empty())) return std::nullopt;
  return fmt::format("no certificate is shown, and {} {}", succeeded.method,
                     succeeded.proves_server ? "makes no key" : "does not prove who the gateway is");
}

// RFC 7296 §2.16: a method that makes no key leaves SK_pi and SK_pr to prove that both saw the same exchange.
void take_keys(Handshake& handshake, EapSucceeded& succeeded) {
  HandshakeEap& eap = *handshake.eap;
  eap.has_succeeded = true;
  eap.method = std::move(succeeded.method);
  if (eap.is_alone) eap.proved_server = std::move(succeeded.server);
  const bool has_msk = !succeeded.msk.empty();
  eap.key_i = has_msk ? succeeded.msk.copy() : handshake.sk_pi.copy();
  eap.key_r = has_msk ? std::move(succeeded.msk) : handshake.sk_pr.copy();
}

void send_final_auth(Session& session, Instant now) {
  Handshake& handshake = *session.handshake;
  auto auth = prove(session, PskAuth{handshake.eap->key_i.copy()});
  session.send_request(now, session.current(), std::make_unique<FinalAuth>(*std::move(auth)));
}

void send_eap(Session& session, Bytes packet) {
  session.send_response(session.current(), wire::ExchangeType::IkeAuth,
                        {wire::payload(wire::EapPayload{std::move(packet)})}, session.handshake->auth_path);
}

}  // namespace

void ask_eap(Session& session, Bytes packet) {
  Handshake& handshake = *session.handshake;
  if (++handshake.eap->rounds > limits::eap_rounds_max)
    return session.finish(IkeSaClosed::Reason::AuthenticationFailed, "EAP did not come to an end");
  handshake.waiting = Handshake::Waiting::Eap;
  session.ask(ContinueEap{session.id, std::move(packet)});
}

void handle_eap_reply(Session& session, Instant now, EapReply reply) {
  if (session.is_initiator)
    return session.send_request(now, session.current(), std::make_unique<EapRound>(std::move(reply.packet)));
  if (reply.asks_person || reply.patience)
    session.expires_at = std::min(now + reply.patience.value_or(limits::person_patience), session.handshake->ends_by);
  send_eap(session, std::move(reply.packet));
}

void handle_eap_success(Session& session, Instant now, EapSucceeded succeeded) {
  Handshake& handshake = *session.handshake;
  if (auto why = why_not_alone(*handshake.eap, succeeded)) {
    if (session.is_initiator) return reject_peer(session, now, *std::move(why));
    return refuse_auth(session, {NotifyType::AuthenticationFailed, *std::move(why), {}});
  }
  take_keys(handshake, succeeded);
  if (!session.is_initiator) {
    CHECK(succeeded.accepted.has_value());
    handshake.accepted = std::move(succeeded.accepted);
    return send_eap(session, std::move(succeeded.packet));
  }
  send_final_auth(session, now);
}

// ---- The responder

void start_eap(Session& session, Instant now, EapStarted started) {
  Handshake& handshake = *session.handshake;
  session.local = std::move(started.local);
  session.expires_at = std::min(now + limits::half_open_lifetime, handshake.ends_by);
  handshake.eap = HandshakeEap{.packet = std::move(started.packet), .is_alone = !started.auth};
  CHECK(started.auth || wire::find_notify(handshake.auth_message, NotifyType::EapOnlyAuthentication));
  handshake.own_auth = std::move(started.auth);
  if (!handshake.own_auth) return respond_eap(session, std::nullopt);
  if (auto auth = prove(session, *handshake.own_auth)) respond_eap(session, std::move(auth));
}

void respond_eap(Session& session, std::optional<wire::AuthPayload> auth) {
  Handshake& handshake = *session.handshake;
  wire::Payloads payloads{wire::id_r(session.local)};
  if (auth) {
    std::ranges::move(certificate_payloads(*handshake.own_auth), std::back_inserter(payloads));
    payloads.push_back(wire::payload(*std::move(auth)));
  }
  payloads.push_back(wire::payload(wire::EapPayload{std::move(handshake.eap->packet)}));
  session.send_response(session.current(), wire::ExchangeType::IkeAuth, payloads, handshake.auth_path);
}

void handle_eap_request(Session& session, Instant now, const wire::Payloads& request) {
  Handshake& handshake = *session.handshake;
  session.expires_at = std::min(now + limits::half_open_lifetime, handshake.ends_by);  // People type.
  const auto* eap = wire::find<wire::EapPayload>(request);
  const auto* auth = wire::find<wire::AuthPayload>(request);
  if (handshake.eap->has_succeeded ? !auth : !eap)
    return refuse_auth(
        session, {NotifyType::InvalidSyntax, "its IKE_AUTH has neither the EAP nor the AUTH payload that is due", {}});
  if (!handshake.eap->has_succeeded) return ask_eap(session, eap->message);
  keep_payloads(handshake, request);
  PeerAccepted accepted = *std::exchange(handshake.accepted, std::nullopt);
  accepted.key = handshake.eap->key_i.copy();
  accepted.auth = PskAuth{handshake.eap->key_r.copy()};
  accept_initiator(session, *auth, std::move(accepted));
}

}  // namespace agilevpn::ike
