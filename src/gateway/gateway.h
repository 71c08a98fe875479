// A remote-access gateway: the engine as responder, with rules, pre-shared keys, certificates, address pools and
// sessions.
//
// Sans-I/O, not thread-safe: call one handle_*() or command, then drain every poll_*(), then arm one timer for
// poll_timeout(). Call handle_wall_time() once before the first datagram and again when the calendar is set.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "gateway/config.h"
#include "gateway/event.h"
#include "gateway/user.h"
#include "ike/credentials.h"
#include "ike/endpoint.h"
#include "radius/client.h"
#include "radius/kept_accounting.h"

namespace agilevpn::gateway {

// One client, for `agilevpn list`.
struct SessionInfo {
  ike::IkeSaId id;
  ike::wire::Identity peer;
  std::string user;  // Empty: it is none that the owner keeps.
  std::string device;
  std::string rule;
  bool is_dormant = false;
  Instant since;
  Instant last_seen;           // Its last message or packet that was authentic.
  std::uint64_t bytes_in = 0;  // From the client.
  std::uint64_t bytes_out = 0;
  std::uint32_t moves = 0;
  bool wants_mobike = true;              // The configuration does; whether the client does too, is in ike_sa.
  std::optional<ike::IkeSaInfo> ike_sa;  // Path, NAT, inner addresses, suites.
};

// A socket of ours towards a RADIUS server: of Config::radius, or of Config::accounting.
struct RadiusChannel {
  enum class Purpose : std::uint8_t { Logins, Accounting };
  Purpose purpose{};
  radius::Channel channel;
  friend auto operator<=>(const RadiusChannel&, const RadiusChannel&) = default;
};
struct RadiusTransmit {
  RadiusChannel channel;
  Bytes datagram;
};

class Gateway {
 public:
  // `random` must outlive the gateway.
  Gateway(Config config, ike::Credentials credentials, Random& random);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // The world speaks.
  void handle_wall_time(Instant now, WallTime wall_time);
  // Every address that clients may reach us at; they are told when it changes (RFC 4555 §3.6).
  void handle_addresses(Instant now, std::vector<IpAddress> addresses);
  // The networks that we stand in ourselves: they stand behind no client.
  void handle_own_networks(std::vector<IpPrefix> networks);
  void handle_datagram(Instant now, const Path& path, ByteView datagram);
  void handle_traffic(Instant now, const ike::TrafficReport& report);
  void handle_answer(Instant now, ike::AskId ask, ike::Answer answer);
  // To a RevocationAsk, each of which is answered.
  void handle_revocation(Instant now, ike::AskId ask, const ike::RevocationAnswer& answer);
  // To a UserAsk; ignored if that login is over meanwhile.
  void handle_user(Instant now, ike::IkeSaId ike_sa, UserAnswer answer);
  void handle_authorization(Instant now, ike::IkeSaId ike_sa, Authorization answer);
  void handle_group(Instant now, std::uint64_t order, const GroupAnswer& answer);
  void handle_kept(Instant now, ike::IkeSaId ike_sa, const Kept& kept);
  // From the server that the channel leads to; when it cannot be reached; when its connection (RadSec) has ended.
  void handle_radius_datagram(Instant now, const RadiusChannel& channel, ByteView datagram);
  void handle_radius_refusal(Instant now, const RadiusChannel& channel, const std::string& why);
  void handle_radius_disconnect(Instant now, const RadiusChannel& channel, const std::string& why);
  // To the port where RADIUS servers give orders (Config::dynamic_authorization), or by RadSec. Answered by
  // poll_order_answer(), maybe later.
  void handle_order(Instant now, const radius::Origin& origin, ByteView datagram);
  void handle_timeout(Instant now);

  // The operator commands.
  // Before the first datagram: what was leased before this gateway started, longest ago first. `owner` as Session::lease_owner().
  void restore_lease(const LeasedAddress& lease, const std::string& owner);
  // What was kept of accounting before this gateway started: before handle_wall_time(), or as soon as it can be read. From then
  // on poll_accounting_note() says what must be kept.
  void restore_accounting(Instant now, WallTime date, const radius::KeptAccounting& kept);
  // What was kept is lost: all of it is said again.
  void keep_accounting_anew(Instant now);
  // The first one seals the tickets that logins by EAP are given, to be resumed without another one (RFC 5723); none: they
  // get no tickets. Those who keep theirs over a restart must be there then.
  void set_ticket_keys(std::vector<ike::TicketKey> keys);
  // Users or groups have changed: asks about everybody who is in.
  void recheck(Instant now);
  void disconnect(Instant now, ike::IkeSaId session);
  void rekey(Instant now, ike::IkeSaId session);  // The IKE SA.
  void rekey_child_sas(Instant now, ike::IkeSaId session);
  void log_keys(bool is_wanted);  // ike::Endpoint::log_keys()
  // From the next peer on: rules, identity, certificate, credentials, uniqueness, idle timeout. Sessions that are there keep
  // the rule that let them in; those whose certificate is on a revocation list by now end. What differs in anything else stays as
  // it is; says what that is.
  std::vector<std::string> reconfigure(Instant now, Config config, ike::Credentials credentials);
  // Nobody new is let in, and every client is told goodbye; done when has_shut_down().
  void shut_down(Instant now);
  // No session is there any more, and no record of one waits for a RADIUS server.
  bool has_shut_down() const;

  // The answers. Each returns nothing when there is no more. Take SA changes first and tell handle_traffic() the last figures
  // of what was removed, then events: so they, and accounting, say what really passed. Then poll_radius_transmit().
  std::optional<ike::Transmit> poll_transmit();
  std::optional<ike::SaChange> poll_sa_change();
  std::optional<ike::Ask> poll_ask();                       // Only a Sign for a key that is not among the credentials.
  std::optional<ike::RevocationAsk> poll_revocation_ask();  // None while every rule's `revocation` is Off.
  std::optional<UserAsk> poll_user_ask();
  std::optional<RadiusTransmit> poll_radius_transmit();
  std::optional<radius::DynamicAuthorization::Transmit> poll_order_answer();
  std::optional<radius::AccountingNote> poll_accounting_note();
  std::optional<Event> poll_event();
  std::optional<ike::KeyLogEntry> poll_key_log();
  std::optional<Instant> poll_timeout() const;

  std::vector<SessionInfo> sessions() const;
  std::size_t half_open_count() const;
  // What an operator must know, one sentence each.
  std::vector<std::string> warnings() const;
  const Config& config() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace agilevpn::gateway
