// One roaming connection to a gateway: the engine and the mobility manager, tied together by a profile. It connects,
// moves, sleeps, wakes and reconnects by itself and asks nobody for anything twice.
//
// Sans-I/O, not thread-safe: call one handle_*() or command, then drain every poll_*(), then arm one timer for
// poll_timeout(). Call handle_wall_time() once before up() and again when the calendar is set.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "client/event.h"
#include "client/host_change.h"
#include "client/inner_keepalive.h"
#include "client/profile.h"
#include "client/session_info.h"
#include "ike/credentials.h"
#include "ike/endpoint.h"
#include "mobility/network.h"

namespace agilevpn::client {

class Connection {
 public:
  // `random` must outlive the connection.
  Connection(Profile profile, ike::Credentials credentials, Random& random);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The world speaks.
  void handle_wall_time(Instant now, WallTime wall_time);
  void handle_network(Instant now, mobility::Network network);
  // The answer to poll_resolve(), sorted by RFC 6724 as getaddrinfo() does. No address: the name did not resolve, and
  // `reason` says why.
  void handle_resolved(Instant now, std::vector<IpAddress> addresses, std::string reason = {});
  void handle_datagram(Instant now, const Path& path, ByteView datagram);
  void handle_traffic(Instant now, const ike::TrafficReport& report);
  void handle_answer(Instant now, ike::AskId ask, ike::Answer answer);
  // To a RevocationAsk, each of which is answered.
  void handle_revocation(Instant now, ike::AskId ask, const ike::RevocationAnswer& answer);
  // What the user answers to SessionInfo::question; ignored if there is none.
  void handle_user(Instant now, Secret answer);
  void handle_timeout(Instant now);

  // Our certificate and who that makes us, where the profile does not say it: it is on a token. Before up().
  void identify(ike::CertificateAuth auth, ike::wire::Identity local);

  // The user's other password, from the next login on; the profile is by EAP.
  void change_password(Secret password);

  // Logs in as `as` says from now on, and connects at once; the rest of `as` is not read. False, and nothing changes: it is
  // not up, has a session, or its user is asked something.
  bool change_login(Instant now, const Profile& as, ike::Credentials credentials);

  // The user commands. Twice is harmless, and waits for no pause between attempts.
  void up(Instant now);
  void down(Instant now);
  // Another order of links, until the next configuration.
  void prefer(Instant now, std::vector<std::string> order);
  void rekey(Instant now);  // The IKE SA.
  void rekey_child_sas(Instant now);
  void log_keys(bool is_wanted);  // ike::Endpoint::log_keys()

  // The answers. Each returns nothing when there is no more.
  std::optional<ike::Transmit> poll_transmit();
  std::optional<ike::SaChange> poll_sa_change();
  std::optional<ike::Ask> poll_ask();                       // Only a Sign for a key that is not among the credentials.
  std::optional<ike::RevocationAsk> poll_revocation_ask();  // None while Profile::revocation is Off.
  std::optional<Event> poll_event();
  std::optional<HostChange> poll_host_change();
  // Resolve this name and call handle_resolved().
  std::optional<std::string> poll_resolve();
  // Send a NAT keepalive, one octet 0xff (RFC 3948 §4), on this path.
  std::optional<Path> poll_keepalive();
  // Send this inside: the gateway, a Windows Server, ends what is idle.
  std::optional<InnerKeepalive> poll_inner_keepalive();
  std::optional<ike::KeyLogEntry> poll_key_log();
  std::optional<Instant> poll_timeout() const;

  State state() const;
  // Off or Failed, and no goodbye waits for the gateway's answer any more: the socket may go.
  bool is_at_rest() const;
  SessionInfo session() const;
  // For `agilevpn paths`: the one in use first, for a better one must prove itself before it is.
  std::vector<mobility::Candidate> candidates(Instant now) const;
  const Profile& profile() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace agilevpn::client
