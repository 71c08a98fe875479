// The IKEv2 engine: every IKE SA of one host, in either role (RFC 7296, 4555, 7383, 7427).
//
// It takes datagrams, the time and answers; it gives datagrams, SA changes, questions, events and one deadline. It does no
// I/O, reads no clock and knows no roles. Not thread-safe.
//
//   call one handle_*() or command, then drain poll_transmit(), poll_sa_change(), poll_ask() and poll_event(), then arm
//   one timer for poll_timeout(). Calling handle_timeout() early or twice is harmless.
//
// Datagrams are IKE messages without the non-ESP marker (RFC 3948 §2.2): the world puts it before and takes it off
// (has_non_esp_marker() in base/address.h says when).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "ike/ask.h"
#include "ike/event.h"
#include "ike/info.h"
#include "ike/policy.h"
#include "ike/sa_change.h"
#include "ike/settings.h"
#include "ike/ticket.h"
#include "ike/ticket_box.h"

namespace agilevpn::ike {

struct ConnectRequest {
  Path path;
  wire::Identity local;
  std::optional<wire::Identity> remote;  // Sent as IDr. The owner checks the peer's real one in AuthenticatePeer.
  LocalAuth auth;
  std::vector<Bytes> authorities;  // SHA-1 key hashes of the CAs we trust, for CERTREQ.
  Policy policy;
  TrafficSelectors ts_local;   // TSi. Narrowed to the leased address by the gateway.
  TrafficSelectors ts_remote;  // TSr
  bool requests_ipv4 = true;   // CFG_REQUEST for an inner address.
  bool requests_ipv6 = true;
  std::optional<Lease> former_lease;  // Wished for again in CFG_REQUEST.
  // Send INITIAL_CONTACT (RFC 7296 §2.4): whatever sessions the peer still has with this identity are dead.
  bool is_initial_contact = false;
  std::vector<IpAddress> additional_addresses;  // Ours, besides path.local (RFC 4555 §3.4).
  bool wants_ticket = false;                    // To resume by it (RFC 5723): see poll_ticket().
  // Resumes what this was given for, if the responder takes it; else goes on without it, by a full exchange.
  std::optional<Ticket> ticket = {};
};

struct Transmit {
  Path path;
  Bytes datagram;
};

// What the data plane saw of a Child SA since it last told.
struct TrafficReport {
  ChildSaId child;
  std::optional<Instant> last_inbound;  // The last packet that opened well: proof of life (§2.4).
  std::uint64_t bytes_in = 0;           // In all, not since.
  std::uint64_t bytes_out = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t sequence_number = 0;  // Of the last sealed packet: a rekey comes before it runs out (RFC 4303 §3.3.3).
  bool is_last = false;               // The Child SA was removed: these are its final figures.
};

// Rows of Wireshark's ikev2_decryption_table and esp_sa. They hold keys, and are made only while log_keys() asks for them.
struct KeyLogEntry {
  enum class Table : std::uint8_t { Ikev2DecryptionTable, EspSa };
  Table table;
  Secret row;  // Text, without the newline.
};

class Endpoint {
 public:
  // `random` must outlive the endpoint.
  Endpoint(EndpointConfig config, Random& random);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // The world speaks.
  // What the calendar says; a responder needs it for tickets.
  void handle_wall_time(Instant now, WallTime date);
  void handle_datagram(Instant now, const Path& path, ByteView datagram);
  void handle_timeout(Instant now);
  void handle_answer(Instant now, AskId ask, Answer answer);
  void handle_traffic(Instant now, const TrafficReport& report);

  // The owner commands. An id that is no longer there is ignored.
  IkeSaId connect(Instant now, ConnectRequest request);
  // Deletes the IKE SA: tells the peer, and is gone when it answers or after limits::close_grace.
  void close(Instant now, IkeSaId ike_sa);
  void rekey_ike_sa(Instant now, IkeSaId ike_sa);
  void rekey_child_sa(Instant now, ChildSaId child);
  // One more Child SA of an established IKE SA (CREATE_CHILD_SA), with these selectors and the policy's proposals.
  void create_child_sa(Instant now, IkeSaId ike_sa, TrafficSelectors ts_local, TrafficSelectors ts_remote);
  // Forgets it without a word to the peer, who will hear that the session goes on elsewhere.
  void abandon(Instant now, IkeSaId ike_sa);
  // A responder's keys for tickets, see TicketBox.
  void set_ticket_keys(std::vector<TicketKey> keys);
  // From now on, in place of Granted::ticket.
  void set_ticket_terms(Instant now, IkeSaId ike_sa, std::optional<TicketTerms> terms);
  // From now on IKE_SA_INIT requests are dropped, as by one that is no responder.
  void refuse_new();
  // MOBIKE (RFC 4555 §3.5): the original initiator moves the session to a path. ESP follows at once, the peer is told with
  // UPDATE_SA_ADDRESSES, an exchange in flight is resent there. Ends a suspension. Also right after an address is lost.
  void move(Instant now, IkeSaId ike_sa, const Path& path);
  // Asks for a sign of life on a path, which may be another than the one in use (§2.4, RFC 4555 §3.3): PathConfirmed when
  // it is answered. Nothing is moved.
  void check_path(Instant now, IkeSaId ike_sa, const Path& path);
  // No path: nothing is sent and no time-out of the session counts until move().
  void suspend(Instant now, IkeSaId ike_sa);
  // Our addresses besides the one a session uses; peers of every MOBIKE session are told when they change (RFC 4555 §3.6).
  void announce_addresses(Instant now, std::vector<IpAddress> addresses);
  // Whether poll_key_log() is filled: with the keys of the IKE SAs that there are, and of every SA from now on. Keys of the
  // Child SAs that there are cannot be had: the engine does not keep them.
  void log_keys(bool is_wanted);

  // The answers. Each returns nothing when there is no more.
  std::optional<Transmit> poll_transmit();
  std::optional<SaChange> poll_sa_change();
  std::optional<Ask> poll_ask();
  std::optional<Event> poll_event();
  // An initiator's newest, in place of the one before it of the same IKE SA. After the events.
  std::optional<Ticket> poll_ticket();
  std::optional<KeyLogEntry> poll_key_log();
  std::optional<Instant> poll_timeout() const;

  std::vector<IkeSaInfo> ike_sas() const;
  std::optional<IkeSaInfo> find(IkeSaId ike_sa) const;
  std::size_t ike_sa_count() const;
  std::size_t half_open_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agilevpn::ike
