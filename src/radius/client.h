// A RADIUS client (RFC 2865, 2866): requests to several servers in their order, sent again and elsewhere until one answers
// (RFC 5080 §2.2). A dead server delays the request that finds it dead, never another.
//
// Sans-I/O and not thread-safe: call one handle_*() or command, drain poll_transmit(), poll_answer() and poll_event(), then
// arm one timer for poll_timeout(). Every request ends in exactly one Answer, after request_longest at the latest, unless it
// is cancelled. Use one client for authentication and one for accounting: their servers have other ports, and other fates.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "radius/event.h"
#include "radius/identifier_space.h"
#include "radius/request.h"
#include "radius/retransmission.h"
#include "radius/server_list.h"

namespace agilevpn::radius {

struct ClientConfig {
  std::vector<ServerConfig> servers;  // Most wanted first.
  Attributes nas;  // In every request: NAS-Identifier, NAS-IP-Address … (RFC 2865 §4.1 wants one of them)
  RetransmissionSettings retransmission;
  int tries_before_failover = limits::tries_before_failover;
  Duration request_longest = limits::request_longest;  // MRD
  Duration dead_time = limits::dead_time;
  std::size_t sources_per_server = limits::sources_per_server;
  std::size_t outstanding_max = limits::outstanding_max;
};

// One of our sockets towards a server. Each must have a port of its own.
struct Channel {
  std::size_t server = 0;
  std::size_t source = 0;
  friend auto operator<=>(const Channel&, const Channel&) = default;
};

struct Transmit {
  Channel channel;
  Bytes datagram;
};

class Client {
 public:
  // `random` must outlive the client.
  Client(ClientConfig config, Random& random);

  RequestId send(Instant now, Request request);
  void cancel(RequestId id);
  void handle_datagram(Instant now, Channel channel, ByteView datagram);
  void handle_timeout(Instant now);
  // The world cannot reach a server: a port that nobody listens on, a RadSec connection that cannot be made.
  void handle_refusal(Instant now, std::size_t server, const std::string& why);
  // A connection (Transport::Stream) ended. What waits for an answer on it goes out again at once, on a new one (RFC 6613
  // §2.6.1), as often as it would have been sent over UDP; then the server counts as refusing.
  void handle_disconnect(Instant now, Channel channel, const std::string& why);

  std::optional<Transmit> poll_transmit();
  std::optional<Answer> poll_answer();
  std::optional<Event> poll_event();
  std::optional<Instant> poll_timeout() const;

  std::size_t outstanding() const { return pending_.size(); }
  bool is_dead(std::size_t server) const { return servers_.is_dead(server); }

 private:
  // What one server was sent. It keeps its identifier until the request ends: a late answer of a server that was given up is
  // still an answer.
  struct Attempt {
    std::size_t server = 0;
    Slot slot;
    Authenticator authenticator{};
    Bytes datagram;
    Retransmission retransmission;
    Instant first_sent;
    Instant due;
    int tries_at_most = 0;
    bool is_lost = false;  // Of a stream: there was no connection.
  };
  struct Pending {
    Request request;
    Instant started;
    Instant deadline;
    std::vector<Attempt> attempts;  // The last one is under way.
    std::vector<std::size_t> tried;
    std::optional<Instant> due;  // As by_due_ has it.
  };
  struct Key {
    std::size_t server = 0;
    Slot slot;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  // Why a request cannot even be tried.
  std::optional<std::string> obstacle(const Request& request) const;
  void attempt_next(Instant now, RequestId id);
  std::optional<std::size_t> next_server(Instant now, const Pending& pending);
  bool begin_attempt(Instant now, RequestId id, std::size_t server);
  Attempt make_attempt(Instant now, const Request& request, std::size_t server, Slot slot);
  void transmit(Instant now, Attempt& attempt);
  void transmit_anew(Attempt& attempt);
  void on_due(Instant now, RequestId id);
  // Its deadline is another now.
  void watch(RequestId id, Pending& pending);
  void unwatch(RequestId id, Pending& pending);
  void give_up_server(Instant now, std::size_t server, Instant since, const std::string& why);
  void probe(Instant now);
  void end_probe(std::size_t server);
  // With the last trouble of it in parentheses.
  std::string name_of(std::size_t server) const;
  bool is_authentic(const Attempt& attempt, Code request, const Packet& packet, ByteView datagram);
  void handle_probe_answer(Instant now, std::size_t server, const Packet& packet, ByteView datagram);
  void drop(std::size_t server, std::string why, bool is_stray = false);
  void heard(Instant now, std::size_t server);
  void finish(RequestId id, Answer answer);
  void fail(Instant now, RequestId id);
  void release(const Pending& pending);

  ServerList servers_;
  ClientConfig config_;
  Random& random_;
  std::uint64_t next_id_ = 1;
  std::map<RequestId, Pending> pending_;
  std::set<std::pair<Instant, RequestId>> by_due_;  // Each of them once.
  std::vector<IdentifierSpace> identifiers_;        // By server.
  std::map<Key, RequestId> slots_;
  std::map<std::size_t, Attempt> probes_;        // By server: Status-Server under way.
  std::map<std::size_t, std::string> troubles_;  // By server: why nothing of it counted since it was heard.
  std::deque<Transmit> transmits_;
  std::deque<Answer> answers_;
  std::deque<Event> events_;
};

}  // namespace agilevpn::radius
