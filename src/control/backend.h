// What the control API asks of the daemon behind it. The daemon implements it; every call comes from the thread of the
// server's event loop and returns at once. What takes longer (a connection coming up) shows in the event log.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "control/status.h"
#include "diagnosis/diagnosis.h"

namespace agilevpn::control {

// Which keys of a session are to be new.
enum class Rekey : std::uint8_t { All, IkeSa, ChildSas };

// What up() came to.
struct UpAnswer {
  std::string
      pin_wanted;  // The token that asks for its PIN, which nobody has given: ask the user, and call again. Empty: it begins.
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual Status status() = 0;
  virtual std::vector<ConnectionStatus> connections() = 0;
  virtual std::vector<PathStatus> paths() = 0;

  // The last failed attempt: on a gateway of this user, identity or address, on a client of this connection; of anybody
  // if it is empty. Nothing: there is none.
  virtual std::optional<diagnosis::Diagnosis> why(std::string_view who) = 0;

  // Starts or stops a connection of client.toml; an empty name is the only one there is. Fails on a gateway.
  // `pin`: of the connection's token, as its user typed it; may be empty.
  virtual Result<UpAnswer, Error> up(std::string_view connection, Secret pin) = 0;
  // What the user answers to SessionStatus::question.
  virtual Result<void, Error> answer(std::string_view connection, Secret answer) = 0;
  virtual Result<void, Error> down(std::string_view connection) = 0;
  // Closes a session by its id.
  virtual Result<void, Error> disconnect(std::uint64_t session) = 0;
  // Agrees on new keys with the peer now.
  virtual Result<void, Error> rekey(std::uint64_t session, Rekey what) = 0;
  // Moves a client's connection to another adapter and prefers that until the connection is down. No adapter: it prefers what
  // its configuration says again.
  virtual Result<void, Error> move(std::string_view connection, std::string_view adapter) = 0;
  // Writes the keys of the IKE SAs and, from now on, of every new Child SA to this directory as Wireshark's tables
  // (control/key_log_files.h); nothing: stops.
  virtual Result<void, Error> save_keys(const std::optional<std::filesystem::path>& directory) = 0;
};

}  // namespace agilevpn::control
