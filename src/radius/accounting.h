// RADIUS accounting (RFC 2866, 2869 §5): start, interim and stop records of sessions, and on and off of the NAS. Records are
// kept while all servers are silent and sent again later; of one session they go out in their order, one at a time.
//
// It owns a Client and forwards to it: the same grammar, the same polls. What it cannot keep is counted and told as
// AccountingLost: interim records first, which the next one replaces anyhow.
#pragma once

#include <deque>

#include "radius/client.h"

namespace agilevpn::radius {

// What stays the same during a session.
struct AccountedSession {
  std::string session_id;    // Acct-Session-Id: of this login, unique over restarts.
  std::string user_name;
  std::vector<Bytes> classes;  // From the Access-Accept.
  std::string called_station;
  std::string calling_station;  // The peer's outer address now.
  std::string port_id;
  std::optional<IpAddress> framed_ip;
  std::optional<IpAddress> framed_ipv6;
  std::optional<IpPrefix> framed_ipv6_prefix;
  AcctAuthentic authentic = AcctAuthentic::Radius;
};

// What it has done so far, as the NAS sees it: input is what the peer sent.
struct AccountedUse {
  std::chrono::seconds time{};
  std::uint64_t input_octets = 0;
  std::uint64_t output_octets = 0;
  std::optional<std::uint64_t> input_packets;
  std::optional<std::uint64_t> output_packets;
};

class Accounting {
 public:
  // `random` must outlive it.
  Accounting(ClientConfig config, Random& random, std::size_t queue_max = limits::accounting_queue_max);

  // Each at `now`, which the calendar calls `date`.
  void on(Instant now, WallTime date);
  void off(Instant now, WallTime date);
  void start(Instant now, WallTime date, const AccountedSession& session);
  void interim(Instant now, WallTime date, const AccountedSession& session, const AccountedUse& use);
  void stop(Instant now, WallTime date, const AccountedSession& session, const AccountedUse& use, AcctTerminateCause cause);

  void handle_datagram(Instant now, Channel channel, ByteView datagram);
  void handle_timeout(Instant now);
  void handle_refusal(Instant now, std::size_t server, const std::string& why);
  void handle_disconnect(Instant now, Channel channel, const std::string& why);
  std::optional<Transmit> poll_transmit() { return client_.poll_transmit(); }
  std::optional<Event> poll_event();
  std::optional<Instant> poll_timeout() const;

  std::size_t waiting() const { return records_.size(); }  // Not acknowledged yet.
  std::size_t lost() const { return lost_; }

 private:
  struct Record {
    std::string session_id;  // Empty: of the NAS.
    AcctStatusType status{};
    Attributes attributes;
    Instant made;
    std::optional<RequestId> request;  // Under way.
  };

  void add(Instant now, WallTime date, const std::string& session_id, AcctStatusType status, Attributes attributes);
  void make_room();
  void send_what_may_go(Instant now);
  void take_answers(Instant now);

  Client client_;
  std::size_t queue_max_;
  std::deque<Record> records_;
  std::optional<Instant> retry_at_;  // All servers were silent.
  Duration retry_wait_ = limits::accounting_retry_first;
  std::size_t lost_ = 0;
  std::deque<Event> events_;
};

}  // namespace agilevpn::radius
