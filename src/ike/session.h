// One session with one peer, in either role: what stays when its IKE SA is rekeyed. It owns the IKE SAs (ike_sas.h), the Child
// SAs (child_sas.h), the path and the exchanges that wait for their turn.
//
// The exchanges (init_initiator.cpp, auth_initiator.cpp, create_child.cpp ...) work on a session through what is public here; the
// transport below them (window, retransmission, fragments) is transport.cpp. Nothing outside ike/ sees a Session.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "ike/child_sas.h"
#include "ike/context.h"
#include "ike/ike_sas.h"
#include "ike/nat_detection.h"

namespace agilevpn::ike {

struct Handshake;
struct PendingSa;

// A ticket that brought a session back counts as used when its peer shows that it knows (RFC 5723 §4.3.1).
struct PresentedTicket {
  Bytes opaque;
  WallTime expires{};
};

class Session {
 public:
  enum class Phase : std::uint8_t {
    Init,  // IKE_SA_INIT is not over.
    Auth,  // IKE_AUTH is not over.
    Established,
    Closing,  // Our Delete of the IKE SA is on its way.
    Closed,   // To be forgotten.
  };

  Session(Context& context, IkeSaId id, bool is_initiator, const Path& path, Instant now);
  ~Session();

  // ---- The endpoint speaks.
  // A message whose SPIs are ours. `datagram` is the whole of it.
  void handle_message(Instant now, const Path& from, const wire::Message& message, ByteView datagram);
  void handle_timeout(Instant now);
  void handle_traffic(Instant now, const TrafficReport& report);
  std::optional<Instant> next_timeout() const;

  // ---- The owner commands.
  void enqueue(Instant now, std::unique_ptr<Exchange> exchange);
  void move(Instant now, const Path& to);
  void suspend();
  void close(Instant now);

  // ---- For the exchanges.
  // Sends what waits, if nothing is under way.
  void pump(Instant now);
  bool has_queued(Exchange::Kind kind) const;
  // A request of ours on this IKE SA. The queue does this; init_initiator.cpp and auth_initiator.cpp do it themselves.
  void send_request(Instant now, IkeSa& ike_sa, std::unique_ptr<Exchange> exchange);
  void send_response(IkeSa& ike_sa, wire::ExchangeType type, const wire::Payloads& payloads, const Path& to);
  void resend(Instant now, IkeSa& ike_sa);

  void make_current(Instant now, IkeSa& ike_sa);
  void schedule_ike_rekey(Instant now, IkeSa& ike_sa);
  // The IKE SA that the peer's rekey made, and that was awaited, counts from now on.
  void adopt_successor(Instant now);
  // A while after now, and never the same while as the peer's (RFC 7296 §2.25).
  Instant retry_time(Instant now) const {
    return now + limits::temporary_failure_retry + context.random.jitter(limits::temporary_failure_retry);
  }
  // The exchange that waits for a response on the current IKE SA, if it is of this kind.
  Exchange* outstanding(Exchange::Kind kind) const;

  void install_child(Instant now, ChildSa child, ChildKeys keys, ExchangeRole ours, Sealing sealing,
                     std::optional<ChildSaId> rekeyed = std::nullopt);

  void recognize_peer(PeerGuess guess);
  // It showed these habits.
  void learn(Quirks shown, std::string shown_by);
  void set_path(Instant now, const Path& to, const NatFindings& nat, bool by_peer);
  void note_nat(const NatFindings& findings);
  bool uses_udp_encapsulation() const;
  // For a message on this path. A responder that wants ESP in UDP where there is no NAT says that it is behind one, since a
  // kernel takes ESP in UDP only where it was negotiated so. Our own client knows without.
  void add_nat_detection(wire::Payloads& payloads, const IkeSa& ike_sa, const Path& on) const;
  EspPath esp_path() const { return {path, uses_udp_encapsulation()}; }

  // For the log of messages, if anybody reads it. `size` in octets.
  void trace(MessageSeen::Direction direction, const wire::Header& header, const wire::Payloads& payloads,
             const Path& on, std::size_t size);

  template <class Fact>
  void emit(Fact fact) {
    context.events.push_back(std::move(fact));
  }
  template <class Question>
  AskId ask(Question question) {
    const AskId ask_id{context.next_id()};
    context.asks.push_back({ask_id, std::move(question)});
    pending_ask = ask_id;
    return ask_id;
  }
  // Ends the session without a word to the peer.
  void finish(IkeSaClosed::Reason reason, std::string detail);
  void refuse(wire::ExchangeType exchange, wire::NotifyType notify, bool by_peer, std::string reason, Bytes data = {});
  IkeSaInfo info() const;

  IkeSa& current() const { return ike_sas.current(); }
  bool is_established() const { return phase == Phase::Established || phase == Phase::Closing; }
  const Settings& settings() const { return context.config.settings; }

  // ---- State, for the exchanges.
  Context& context;
  const IkeSaId id;
  const bool is_initiator;  // Of the session's first IKE SA: MOBIKE's initiator (RFC 4555 §2).
  Phase phase = Phase::Init;
  Path path;
  NatFindings nat;
  bool peer_fragments = false;  // It sent IKEV2_FRAGMENTATION_SUPPORTED.
  bool is_mobike = false;       // Both sent MOBIKE_SUPPORTED.
  wire::Identity local;
  wire::Identity peer;
  wire::Identity shown;  // The peer's ID payload, which may say less than it proved.
  std::string method;    // How the peer proved itself, if need be before the session was resumed.
  bool is_resumed = false;
  std::optional<Lease> lease;
  std::vector<IpAddress> peer_additional_addresses;
  PeerGuess product;  // The peer's.
  Quirks quirks;
  Proposals esp;                   // Ours, for this peer.
  TrafficSelectors allowed_local;  // The most that a Child SA may cover.
  TrafficSelectors allowed_remote;
  Instant established;
  Instant last_heard;  // The last authenticated message or ESP packet.
  IkeSas ike_sas;
  ChildSas children;
  std::unique_ptr<Handshake> handshake;   // Until established.
  std::unique_ptr<PendingSa> pending_sa;  // Of the peer's CREATE_CHILD_SA (followup_ke.h).
  int states_lost = 0;                    // STATE_NOT_FOUND since an additional key exchange of ours last went well.
  std::optional<AskId> pending_ask;
  std::optional<Instant> expires_at;  // Half open.
  std::vector<std::pair<Instant, std::unique_ptr<Exchange>>>
      retries;                                         // After TEMPORARY_FAILURE. Rekeys have their own timers.
  std::optional<std::vector<IkeSaId>> replaces_older;  // The peer's other sessions are to end now, but these.
  bool replaces_resumed = false;                       // And those of the same login.
  bool wants_tickets = false;                // An initiator: the peer is asked for one after every rekey of the IKE SA,
  std::optional<Instant> ticket_at;          // and then.
  std::optional<TicketTerms> ticket_terms;   // A responder's.
  std::optional<PresentedTicket> presented;  // The same, until it is spent.

 private:
  // transport.cpp
  void handle_request(Instant now, IkeSa& ike_sa, const Path& from, const wire::Header& header, Opened opened);
  void handle_response(Instant now, IkeSa& ike_sa, const Path& from, const wire::Header& header, Opened opened);
  std::optional<Opened> open(Instant now, IkeSa& ike_sa, const Path& from, const wire::Message& message,
                             ByteView datagram);
  bool is_repeated_request(IkeSa& ike_sa, const Path& from, const wire::Message& message, ByteView datagram);
  void finish_request(Instant now, IkeSa& ike_sa, const Path& from, const wire::Payloads& response,
                      wire::ExchangeType type);
  void go_on(Instant now, IkeSa& ike_sa, std::unique_ptr<Exchange> exchange);
  void heard(Instant now, const Path& from);
  void spend_ticket(Instant now);
  void transmit(const std::vector<Bytes>& datagrams, const Path& to);
  std::vector<Bytes> encode(IkeSa& ike_sa, const wire::Header& header, const wire::Payloads& payloads);
  std::size_t fragment_limit() const;
  void retransmit(Instant now, IkeSa& ike_sa);
  void give_up(Instant now, IkeSa& ike_sa);
  // session.cpp
  void redirect_requests(Instant now);
  void serve_ike_sas(Instant now);
  void forget_fragments(Reassembly& reassembly);
  Duration rekey_delay(Duration lifetime);
  // session_timers.cpp
  bool is_given_up(Instant now);
  void serve_messages(Instant now);
  void queue_due_exchanges(Instant now);
  void queue_due_child(ChildSa& child, Instant now);
  std::optional<Instant> liveness_due() const;
  bool is_running_out(const ChildSa& child, const TrafficReport& report) const;

  std::deque<std::unique_ptr<Exchange>> queue_;
  bool is_suspended_ = false;
  std::optional<std::pair<bool, bool>> told_nat_;  // Whether we and the peer are behind one, as last said by an event.
  bool is_nat_unknown_ = false;  // On this path: the peer has not said yet what it sees, and a NAT may be in between.
  std::optional<Instant> unanswered_since_;   // We seal and nothing comes back.
  std::optional<Instant> unreachable_until_;  // Nothing was answered; the session ends then.
};

}  // namespace agilevpn::ike
