// Dynamic authorization (RFC 5176): a server tells us to disconnect a session, or to change what it may do.
//
//   RADIUS server                              we
//   Disconnect-Request / CoA-Request  ──>   verified ──> poll_ask() ──> the owner does it
//   <── ACK, or NAK with Error-Cause  <──   poll_transmit() <── answer()
//
// By UDP, or by RadSec on the connections that we made to our servers (RFC 6614 §2.5). What is not authentic, too old
// or from a stranger is dropped without a word. A request that comes again gets the same answer again, and is done
// once.
#pragma once

#include <deque>
#include <map>

#include "radius/authenticator.h"
#include "radius/event.h"
#include "radius/limits.h"
#include "radius/packet_stream.h"

namespace agilevpn::radius {

struct DynamicAuthorizationConfig {
  struct Server {
    IpAddress address;
    Secret secret;

    friend bool operator==(const Server&, const Server&) = default;
  };
  std::vector<Server> servers;  // Who may tell us by UDP.
  bool by_radsec = false;       // So may the servers that we have RadSec connections to, on these (RFC 6614 §2.5).
  std::string nas_identifier;   // Ours; a request that names another NAS is refused. Empty: not looked at.
  std::vector<IpAddress> nas_addresses;
  MessageAuthenticator need = MessageAuthenticator::Required;
  // Refuse requests without Event-Timestamp: only with it a recorded request is worthless later (RFC 5176 §6.3). Many servers
  // send none.
  bool requires_event_timestamp = false;

  DynamicAuthorizationConfig copy() const;
  friend bool operator==(const DynamicAuthorizationConfig&, const DynamicAuthorizationConfig&) = default;
};

// Whence a request came, and where its answer goes.
struct Origin {
  SocketAddress from;
  std::size_t way = 0;     // The owner's: by which of its sockets or connections.
  bool is_radsec = false;  // By a connection of ours to a server, whom TLS has proved.
  friend auto operator<=>(const Origin&, const Origin&) = default;
};

// Whether what came on a RadSec connection is such a request, and no answer to one of ours.
bool is_order(ByteView packet);

// Which sessions: those that fit in all that is named.
struct SessionSelector {
  std::optional<std::string> session_id;
  std::optional<std::string> user_name;
  std::optional<IpAddress> framed_ip;
  std::optional<IpAddress> framed_ipv6;
  std::optional<std::string> calling_station;

  friend bool operator==(const SessionSelector&, const SessionSelector&) = default;
};

struct Disconnect {
  SessionSelector sessions;
};
struct ChangeOfAuthorization {
  SessionSelector sessions;
  Attributes attributes;  // What is to change, as in an Access-Accept (Grant).
};

struct DynamicAsk {
  std::uint64_t id = 0;
  SocketAddress from;
  std::variant<Disconnect, ChangeOfAuthorization> what;
};

class DynamicAuthorization {
 public:
  struct Transmit {
    Origin to;
    Bytes datagram;
  };

  explicit DynamicAuthorization(DynamicAuthorizationConfig config) : config_(std::move(config)) {}

  // At `now`, which the calendar calls `date`.
  void handle_datagram(Instant now, WallTime date, const Origin& origin, ByteView datagram);
  // To an ask: done, or why not. An id that is no longer there is ignored.
  void acknowledge(std::uint64_t ask) { answer(ask, std::nullopt); }
  void refuse(std::uint64_t ask, ErrorCause cause) { answer(ask, cause); }

  std::optional<DynamicAsk> poll_ask();
  std::optional<Transmit> poll_transmit();
  std::optional<Event> poll_event();

 private:
  struct Key {  // What makes a request the same (RFC 5176 §2.3).
    Origin origin;
    std::uint8_t identifier = 0;
    Authenticator authenticator{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Known {
    Instant received;
    std::uint64_t ask = 0;
    Code code{};
    Attributes proxy_states;
    const Secret* secret = nullptr;
    std::optional<Bytes> response;
  };

  const Secret* secret_of(const Origin& origin) const;
  void drop(const SocketAddress& from, std::string why);
  bool is_recent(WallTime date, const Packet& packet) const;
  void forget_old(Instant now);
  std::optional<ErrorCause> objection(const Packet& packet) const;
  void answer(std::uint64_t ask, std::optional<ErrorCause> refusal);
  void respond(const Key& key, Known& known, std::optional<ErrorCause> refusal);

  DynamicAuthorizationConfig config_;
  Secret radsec_ = Secret::copy_of(as_bytes(radsec_secret));
  std::uint64_t next_ask_ = 1;
  std::map<Key, Known> known_;
  std::deque<std::pair<Instant, Key>> ages_;
  std::map<std::uint64_t, Key> open_;
  std::deque<DynamicAsk> asks_;
  std::deque<Transmit> transmits_;
  std::deque<Event> events_;
};

}  // namespace agilevpn::radius
