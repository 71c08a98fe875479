// A stock client while it is connected, or a stock gateway with one client: it rekeys, idles, moves and answers as its
// kind does.
//
// Sans-I/O: call a handle_*() or a command, then drain poll_transmit() and poll_sa_change(), then see whether ending()
// is there. What the peer asked for and was refused is in refusals(), for tests: a good peer asks once at most.
#pragma once

#include "base/timers.h"
#include "ike/followup_ke.h"
#include "sim/stock/opening.h"

namespace agilevpn::sim::stock {

class Session {
 public:
  // `kind` and `random` must outlive it.
  Session(const Kind& kind, Random& random, Instant now, Opened opened);

  // From the peer, on this path, which its answer goes back on.
  void handle_datagram(Instant now, const Path& from, ByteView datagram);
  void handle_timeout(Instant now);
  // An inner packet of so many octets went in or came out.
  void handle_traffic(Instant now, std::size_t octets);
  void handle_esp(Instant now) { heard(now); }  // One that opened well.
  // An inner packet found no Child SA.
  void want_child(Instant now);
  // MOBIKE: to another path, or to the same one after a sleep.
  void move(Instant now, const Path& path);
  // Nothing can be sent until move().
  void suspend();
  // Says goodbye.
  void close(Instant now, std::string why = "closed");

  std::optional<ike::Transmit> poll_transmit();
  std::optional<ike::SaChange> poll_sa_change();
  std::optional<Instant> poll_timeout() const;

  struct Ending {
    std::string reason;
    bool is_wanted = false;  // We closed it.
  };
  const std::optional<Ending>& ending() const { return ending_; }
  bool has_mobike() const { return has_mobike_; }
  const Path& path() const { return path_.path; }
  bool is_behind_nat() const { return is_behind_nat_; }
  bool has(IkeSpi spi_i) const { return find_channel(spi_i) != nullptr; }

  struct Counts {
    std::size_t child_rekeys = 0, ike_rekeys = 0;            // Ours.
    std::size_t peer_child_rekeys = 0, peer_ike_rekeys = 0;  // Its, that we took.
    std::size_t idle_deletes = 0, recreated = 0, moves = 0;
    Counts& operator+=(const Counts& more);
  };
  const Counts& counts() const { return counts_; }
  // Of the last Child SA that CREATE_CHILD_SA made; None without PFS.
  crypto::KeyExchangeId child_key_exchange() const { return child_key_exchange_; }
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  enum class Timer : std::uint8_t {
    Liveness,
    RekeyChild,
    ExpireChild,
    RekeyIke,
    ExpireIke,
    IdleDelete,
    Retry,
    GiveUp,
    Count
  };
  struct Child {
    ike::ChildSaId id;
    EspSpi spi_inbound, spi_outbound;
    std::uint64_t octets = 0;
  };
  enum class Work : std::uint8_t { Nothing, MakeChild, RekeyChild, RekeyIke, DeleteChild };  // What is asked for.
  struct Attempt {
    Bytes nonce;
    EspSpi esp_spi;
    IkeSpi ike_spi;
    ike::Proposals offer;
    std::optional<crypto::KeyExchange> key_exchange;
    // Once additional key exchanges follow: the response that they belong to.
    std::optional<ike::FollowupKe> followup;
    ike::wire::Payloads response;
    ByteView additional() const { return followup ? followup->secrets() : ByteView{}; }
  };
  // An SA of the peer's that waits for its additional key exchanges.
  struct Awaited {
    std::vector<ike::wire::Transform> additional;
    std::move_only_function<void(Instant, ByteView secrets)> finish;
    Bytes link;
    std::size_t done = 0;
    Bytes secrets;
  };

  // session_requests.cpp: ours
  void start(Instant now, Work work);
  void put_off(Instant now, Work work);
  void make_child(Instant now, std::optional<crypto::KeyExchangeId> group);
  void finish_child(Instant now, const ike::wire::Payloads& response);
  void rekey_ike(Instant now, crypto::KeyExchangeId group);
  void finish_ike(Instant now, const ike::wire::Payloads& response);
  void delete_child(Instant now, const Child& child);
  // True if the response is none, and what follows of that is done.
  bool is_refused(Instant now, const ike::wire::Payloads& response);
  bool changes_group(Instant now, const ike::wire::NotifyPayload& invalid);
  std::optional<crypto::KeyExchangeId> wished_group() const;
  std::optional<Secret> shared_secret(const ike::wire::Payloads& response, crypto::KeyExchangeId method) const;

  // session_followup.cpp: additional key exchanges of rekeys (RFC 9370 §2.2.4)
  using Finish = void (Session::*)(Instant, const ike::wire::Payloads& response);
  // True if `then` is called once more, with the same response, when they are over.
  bool must_follow_up(Instant now, const std::vector<ike::wire::Transform>& additional,
                      const ike::wire::Payloads& response, Finish then);
  void follow_up(Instant now, Finish then);
  // At once if there are none; else the response shall ask for them.
  void when_over(Instant now, std::vector<ike::wire::Transform> additional, ike::wire::Payloads& response,
                 std::move_only_function<void(Instant, ByteView secrets)> finish);
  ike::wire::Payloads answer_followup(Instant now, const ike::wire::Payloads& request);

  // session_answers.cpp: the peer's
  void answer(Instant now, const Path& from, Channel& channel, const Channel::Request& request);
  ike::wire::Payloads answer_informational(Instant now, const Path& from, Channel& channel,
                                           const ike::wire::Payloads& request);
  void follow(const Path& from, const Channel& channel, const ike::wire::Payloads& request);
  void handle_deletes(Channel& channel, const ike::wire::Payloads& request, ike::wire::Payloads& response);
  ike::wire::Payloads answer_child(Instant now, const ike::wire::Payloads& request);
  ike::wire::Payloads answer_ike(Instant now, const ike::wire::Payloads& request);
  std::optional<ike::wire::Payload> why_no_child(const ike::wire::Payloads& request);
  std::optional<ike::wire::Payload> why_no_child_rekey(const ike::wire::Payloads& request) const;
  ike::Proposals child_proposals(const ike::wire::KePayload* ke) const;
  void handle_deleted(EspSpi spi);

  // session.cpp
  void use_child(Instant now, Child child, ike::InstallChildSa install);
  void use_channel(Instant now, std::shared_ptr<Channel> channel);
  void forget_child(ike::ChildSaId id);
  Child* current_child() { return children_.empty() ? nullptr : &children_.back(); }
  std::shared_ptr<Channel> find_channel(IkeSpi spi_i) const;
  std::shared_ptr<Channel> successor(const ike::IkeSuite& suite, IkeSpi spi_i, IkeSpi spi_r, bool is_initiator,
                                     const ike::KeySeed& seed);
  void set_path(const ike::EspPath& path);
  void end(std::string reason, bool is_wanted = false);
  void expire(Instant now, const std::string& what);
  bool is_gateway() const { return side_ == Opened::Side::Gateway; }
  std::string peer() const { return is_gateway() ? "the client" : "the gateway"; }
  void heard(Instant now);
  void after(Instant now);
  void flush();
  void send_from(Channel& channel, const Path& path);

  const Kind& kind_;
  Random& random_;
  Opened::Side side_;
  TrafficSelectors local_, remote_;
  ike::EspPath path_;
  bool is_behind_nat_, has_mobike_;
  std::size_t fragment_size_;
  std::vector<std::shared_ptr<Channel>> channels_;  // The one in use is the last.
  std::vector<Child> children_;                     // The one in use is the last.
  std::uint64_t next_child_ = 2;
  Timers<Timer> timers_;
  Work work_ = Work::Nothing;
  std::deque<Work> waiting_;  // For its turn, or after TEMPORARY_FAILURE.
  Attempt attempt_;
  std::optional<Awaited> awaited_;
  bool is_suspended_ = false, is_closing_ = false;
  std::string why_closing_;
  Instant last_heard_, last_traffic_;
  Counts counts_;
  crypto::KeyExchangeId child_key_exchange_ = crypto::KeyExchangeId::None;
  std::vector<std::string> refusals_;
  std::deque<ike::Transmit> out_;
  std::deque<ike::SaChange> changes_;
  std::optional<Ending> ending_;
};

}  // namespace agilevpn::sim::stock
