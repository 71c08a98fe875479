// RADIUS accounting (RFC 2866, 2869 §5): start, interim and stop records of sessions, and on and off of the NAS. Records are
// kept while all servers are silent and sent again later; of one session they go out in their order, one at a time.
//
// What must outlive us is said by poll_note() once restore() was called, and comes back with the next restore().
//
// It owns a Client and forwards to it: the same grammar, the same polls. What it cannot keep is counted and told as
// AccountingLost: interim records first, which the next one replaces anyhow.
#pragma once

#include <deque>

#include "radius/client.h"
#include "radius/kept_accounting.h"

namespace agilevpn::radius {

// What stays the same during a session.
struct AccountedSession {
  std::string session_id;  // Acct-Session-Id: of this login, unique over restarts.
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

  // What was kept when the NAS ended last, in order or not: its sessions are over. Before anything else, or as soon as it can
  // be read; stand() of every session is to follow.
  void restore(Instant now, WallTime date, const KeptAccounting& kept);
  // Says all that must be kept again, for who lost it; stand() of every session is to follow.
  void keep_anew();
  // What its Stop would say now, in place of what was kept of it before.
  void stand(WallTime date, const AccountedSession& session, const AccountedUse& use);

  // Each at `now`, which the calendar calls `date`.
  void on(Instant now, WallTime date);
  void off(Instant now, WallTime date);
  void start(Instant now, WallTime date, const AccountedSession& session);
  void interim(Instant now, WallTime date, const AccountedSession& session, const AccountedUse& use);
  void stop(Instant now, WallTime date, const AccountedSession& session, const AccountedUse& use,
            AcctTerminateCause cause);

  void handle_datagram(Instant now, Channel channel, ByteView datagram);
  void handle_timeout(Instant now);
  void handle_refusal(Instant now, std::size_t server, const std::string& why);
  void handle_disconnect(Instant now, Channel channel, const std::string& why);
  std::optional<Transmit> poll_transmit() { return client_.poll_transmit(); }
  std::optional<Event> poll_event();
  std::optional<AccountingNote> poll_note();
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
    WallTime date{};
    std::uint64_t id = 0;
    int failures = 0;
  };

  void add(Instant now, WallTime date, const std::string& session_id, AcctStatusType status, Attributes attributes);
  void push(Record record);
  void make_room();
  std::deque<Record>::iterator erase(std::deque<Record>::iterator record);
  void keep(const Record& record);
  void note(AccountingNote what);
  void send_what_may_go(Instant now);
  void take_answers(Instant now);

  Client client_;
  std::size_t queue_max_;
  std::deque<Record> records_;
  std::optional<Instant> retry_at_;  // All servers were silent.
  Duration retry_wait_ = limits::accounting_retry_first;
  std::size_t lost_ = 0;
  std::deque<Event> events_;
  bool is_kept_ = false;  // Somebody keeps our records.
  std::uint64_t next_id_ = 1;
  std::deque<AccountingNote> notes_;
};

}  // namespace agilevpn::radius
