// A TLS connection towards one server, made when something is to be sent and none is there: what RADIUS over TLS takes.
// Octets in, octets out; where messages begin is their protocol's matter.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/address.h"
#include "base/bytes.h"
#include "base/error.h"
#include "linux/event_loop.h"

namespace agilevpn::linux {

// Files in PEM. TLS 1.2 at least; the server must have a certificate of this CA with its name, or, without one, its
// address.
struct TlsSettings {
  std::filesystem::path ca;
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::string server_name;
};

// What its links share.
class TlsContext {
 public:
  static Result<std::shared_ptr<TlsContext>, Error> load(const TlsSettings& settings);
  ~TlsContext();

  struct State;
  State& state() { return *state_; }

 private:
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class TlsLink {
 public:
  struct Handlers {
    std::function<void(ByteView)> received;
    std::function<void(std::string)> unreachable;  // There is no connection, for this reason.
    std::function<void(std::string)> ended;        // There was one. What was sent may be lost.
  };

  // The loop outlives it. Handlers are called from the loop, never by send().
  TlsLink(EventLoop& loop, std::shared_ptr<TlsContext> context, const SocketAddress& server, Handlers handlers);
  ~TlsLink();

  // Waits for the connection if it is under way. More than fits is lost, as on the way.
  void send(ByteView octets);

 private:
  struct Connection;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace agilevpn::linux
