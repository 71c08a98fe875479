// The servers of a client in their order, and which of them are believed dead.
//
//   alive ── silent to a request, or refused ──> dead ── dead time over ──> suspect ── heard ──> alive
//                                                  ^                           │
//                                                  └────────── silent ─────────┘
//
// A suspect is tried by one request, which goes on to another server sooner; where the server knows Status-Server (RFC 5997)
// the client asks it by that instead and no request waits.
#pragma once

#include <string>
#include <vector>

#include "radius/authenticator.h"
#include "radius/limits.h"

namespace agilevpn::radius {

enum class Transport : std::uint8_t {
  Datagram,
  Stream,  // RadSec: nothing is sent again (RFC 6613 §2.6.1).
};

struct ServerConfig {
  std::string name;  // For people.
  Secret secret;     // Of RadSec: radsec_secret.
  Transport transport = Transport::Datagram;
  bool knows_status_server = false;
  // Of answers to Access-Requests. Optional only for servers that cannot: it makes forging possible (CVE-2024-3596).
  MessageAuthenticator need = MessageAuthenticator::Required;

  ServerConfig copy() const { return {name, secret.copy(), transport, knows_status_server, need}; }
  friend bool operator==(const ServerConfig&, const ServerConfig&) = default;
};

class ServerList {
 public:
  ServerList(std::vector<ServerConfig> servers, Duration dead_time);

  const ServerConfig& operator[](std::size_t server) const { return servers_[server].config; }
  std::size_t size() const { return servers_.size(); }
  bool is_dead(std::size_t server) const { return servers_[server].dead_until.has_value(); }

  // Where a request goes that `tried` these: the first one that is alive or suspect, else the first dead one; nothing when it
  // tried all.
  std::optional<std::size_t> choose(Instant now, const std::vector<std::size_t>& tried);
  // An authentic answer came. Whether it was dead.
  bool heard(Instant now, std::size_t server);
  // Nothing came to what was sent at `since`. Whether it died of it.
  bool silent(Instant now, std::size_t server, Instant since);
  // The next dead server to ask by Status-Server; it is asked again when another dead time is over.
  std::optional<std::size_t> take_probe(Instant now);
  std::optional<Instant> next_probe() const;

 private:
  struct Server {
    ServerConfig config;
    std::optional<Instant> last_heard;
    std::optional<Instant> dead_until;  // Past: suspect.
  };
  bool may_serve(Instant now, const Server& server) const;

  std::vector<Server> servers_;
  Duration dead_time_;
};

}  // namespace agilevpn::radius
