// Which path a session takes, when it switches, when it sleeps and when it gives up. Knows links, addresses, routes and
// what was answered on which path; knows neither IKE nor keys.
//
//   Connecting --handle_connected--> Connected --no path is left--> Dormant --a path is back--> Dormant: waiting to
//   reconnect --it is confirmed--> Connected; Dormant or waiting for the network outage time --> Failed
//
// The rules, all of them in manager.cpp:
//   1. The path in use cannot be used any more (link, cable, address or route gone): Switch at once to the best other.
//   2. It does not answer, or the gateway refuses it: Probe the others, Switch to the first that answers; if none does,
//      GoDormant and Wake now and then.
//   3. A better link is back: Probe it; Switch when it answered and lasted for the hold time. A link that comes and goes
//      must last longer each time, so traffic never plays ping-pong.
//   4. No path is left: GoDormant. One is back: Wake. Asleep for longer than the outage time: GiveUp.
//
// Sans-I/O: call one handle_*(), then drain poll_decision(), then arm one timer for poll_timeout().
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/timers.h"
#include "mobility/candidate.h"
#include "mobility/history.h"
#include "mobility/limits.h"
#include "mobility/network.h"

namespace agilevpn::mobility {

enum class State : std::uint8_t { Connecting, Connected, Dormant, DormantWaitingToReconnect, Failed };
std::string_view to_string(State state);  // "Dormant: waiting to reconnect"

struct Settings {
  std::vector<std::string> prefer = {"ethernet", "wifi", "mobile"};  // Link names and types, most wanted first.
  Duration outage_time = limits::outage_time;  // Network outage time: how long a session may sleep.
  Duration hold_time = limits::hold_time;
};

// Use this path from now on; `from` may be gone already.
struct Switch {
  Path from;
  Path to;
  std::string reason;
};
// Ask for a sign of life on this path; nothing moves.
struct Probe {
  Path path;
};
struct GoDormant {
  std::string reason;
};
// Use this path and see whether it answers.
struct Wake {
  Path path;
};
struct GiveUp {
  std::string reason;
};
using Decision = std::variant<Switch, Probe, GoDormant, Wake, GiveUp>;

class Manager {
 public:
  explicit Manager(Settings settings) : settings_(std::move(settings)), history_(settings_.hold_time) {}

  // The world speaks.
  void handle_network(Instant now, Network network);
  // Every address the gateway is known by, most wanted first.
  void handle_gateway_addresses(Instant now, std::vector<IpAddress> addresses);
  // The session is established on this path; also after it was lost and came back. `round_trip` of an exchange there, if known.
  void handle_connected(Instant now, const Path& path, std::optional<Duration> round_trip = {});
  // The session is lost and must be made anew.
  void handle_disconnected(Instant now, std::string reason);
  // A request on this path was answered on it. The round trip is not known if the request had to be resent.
  void handle_path_confirmed(Instant now, const Path& path, std::optional<Duration> round_trip);
  // The gateway does not take the session on this path; `why` in a few words.
  void handle_path_refused(Instant now, const Path& path, const std::string& why);
  // A request on this path was resent in vain, more than once.
  void handle_path_unresponsive(Instant now, const Path& path);
  // The gateway is there on this path, though it did not answer the session.
  void handle_gateway_heard(Instant now, const Path& path);
  void handle_timeout(Instant now);

  // The owner commands: another order of links.
  void prefer(Instant now, std::vector<std::string> order);
  // No pause, if nobody has answered: try again now.
  void hurry(Instant now);

  std::optional<Decision> poll_decision();
  std::optional<Instant> poll_timeout() const { return timers_.first(); }

  State state() const { return state_; }
  // Why the state is what it is, one sentence; may be empty.
  const std::string& reason() const { return reason_; }
  // The path in use or being tried; while dormant, the one that was.
  const std::optional<Path>& path() const { return path_; }
  // While dormant: when the session is given up.
  std::optional<Instant> gives_up_at() const { return timers_[Timer::Outage]; }
  std::optional<Duration> round_trip(const Path& path) const { return history_.round_trip(path); }
  // The ways there are now, the best first; those found dead a moment ago come last, before them the others over their
  // links.
  std::vector<Candidate> candidates(Instant now) const;
  const Network& network() const { return network_; }

 private:
  enum class Timer : std::uint8_t {
    Answer,  // The path that we switched to or woke on must be confirmed by now.
    Trial,   // A better path: its probe is not answered, its hold time is over, or a dead one may be probed again.
    Retry,   // Nobody answers anywhere: try again.
    Outage,  // Asleep for the network outage time.
    Count,
  };
  // A better path that proves itself.
  struct Trial {
    Path path;
    bool is_confirmed = false;
  };

  void decide(Instant now);
  std::string why_left() const;
  bool carries(const Path& path) const;  // The session does, or tries to, go by it.
  void leave(Instant now, const std::string& why);
  void consider_return(Instant now);
  void start_trial(Instant now, const Path& path);
  void continue_trial(Instant now);
  void try_next(Instant now, const std::string& refusal = {});
  void settle(Instant now);
  void switch_to(Instant now, const Path& path, std::string reason);
  void wake(Instant now, const Path& path);
  void sleep(Instant now, State state, std::string reason);
  void give_up();

  std::vector<Candidate> better_ways(Instant now) const;
  std::string link_name(const Path& path) const;
  bool is_in_use(const Path& path) const { return path_ && is_same_way(*path_, path); }

  Settings settings_;
  Network network_;
  std::vector<IpAddress> gateways_;
  History history_;
  State state_ = State::Connecting;
  std::string reason_;
  std::optional<Path> path_;  // While dormant the one it had, so that a session wakes where it fell asleep if it can.
  std::optional<Trial> trial_;
  Duration retry_pause_ = limits::retry_first;
  std::size_t silent_ways_ = 0;  // Tried one after the other, without an answer.
  Timers<Timer> timers_;
  std::deque<Decision> decisions_;
};

}  // namespace agilevpn::mobility
