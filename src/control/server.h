// The control API: HTTP and JSON on a Unix socket, for the command line and, later, the console.
//
//   GET  /v1/status /v1/sessions /v1/connections /v1/paths
//   GET  /v1/events?after=N&limit=N&severity=info&follow=true   JSON lines, the newest `limit` that are at least so
//                                                               severe; with follow it goes on as events come
//   POST /v1/up {"name", "pin" of its token} /v1/down {"name"}   /v1/move {"name", "adapter"}   /v1/save-keys {"directory" or null}
//   POST /v1/sessions/ID/disconnect   /v1/sessions/ID/rekey {"what": "all", "ike" or "child"}
//
// An error answers {"error": {"what", "help"}} with 400, 403, 404 or 409. Runs on the given event loop's thread alone.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "control/backend.h"
#include "control/event_log.h"

namespace agilevpn::control {

inline constexpr std::string_view default_socket = "/run/agilevpn/control.sock";

struct ServerOptions {
  std::filesystem::path socket{default_socket};
  // Whether every user of this host may GET. What changes something is for root and the daemon's own user only.
  bool is_readable_by_all = false;
  // How long a connection may take to ask, or to read its answer: then it is closed, so that idle ones lock nobody out.
  Duration patience = 30s;
};

class Server {
 public:
  // Binds and listens; a socket left behind by a dead daemon is replaced, a live one is an error. `backend` and `events`
  // must outlive the server.
  static Result<Server, Error> start(boost::asio::any_io_executor executor, ServerOptions options, Backend& backend,
                                     EventLog& events);
  ~Server();  // Closes every connection and removes the socket.
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace agilevpn::control
