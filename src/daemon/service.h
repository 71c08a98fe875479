// What both daemons are made of besides their role: the event loop, randomness, the event stream with its readers, the key
// log, systemd and the control socket.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "control/backend.h"
#include "control/config/host_options.h"
#include "control/config/node.h"
#include "control/event_log.h"
#include "control/key_log_files.h"
#include "control/server.h"
#include "daemon/event_outputs.h"
#include "daemon/options.h"
#include "daemon/periodic.h"
#include "daemon/token_keys.h"
#include "linux/event_loop.h"
#include "linux/system_random.h"

namespace agilevpn::daemon {

class Service {
 public:
  static Result<std::unique_ptr<Service>, Error> open(const Options& options, const control::config::HostOptions& host);

  linux::EventLoop& loop() { return loop_; }
  Random& random() { return random_; }
  WallTime since() const { return since_; }
  TokenKeys& tokens() { return tokens_; }
  const std::filesystem::path& state_directory() const { return host_.state_directory; }

  void report(EventRecord record);
  // A fact of the daemon's own, or of a connection that it has.
  void report(Severity severity, std::string name, std::string sentence, std::string subject = "agilevpnd");

  // What a configuration says that keeps nothing from working.
  void report(const std::vector<control::config::Mistake>& warnings);
  // A configuration that does not count, and why: all of it, for the one before stays as it is.
  void refuse_configuration(const std::vector<Error>& mistakes);

  // One line for `systemctl status`.
  void show(std::string sentence);

  Result<void, Error> save_keys(const std::optional<std::filesystem::path>& directory);
  bool saves_keys() const { return key_files_.has_value(); }
  // Dropped unless keys are saved.
  void write_key(const ike::KeyLogEntry& entry);

  // Opens the control socket: the last thing that may fail. `backend` must stay until run() is over.
  Result<void, Error> serve(control::Backend& backend);
  // Tells systemd that all is ready, and runs until stop(). `terminate` is called at SIGTERM and SIGINT and calls stop() in
  // its own time; `reload` at SIGHUP.
  void run(std::function<void()> terminate, std::function<void()> reload);
  void stop() { loop_.stop(); }

 private:
  explicit Service(control::config::HostOptions host) : host_(std::move(host)) {}
  void handle_signal(int number, const std::function<void()>& terminate, const std::function<void()>& reload);

  control::config::HostOptions host_;
  WallTime since_;
  linux::EventLoop loop_;
  linux::SystemRandom random_;
  control::EventLog events_;
  std::unique_ptr<EventOutputs> outputs_;
  std::optional<control::KeyLogFiles> key_files_;
  std::string shown_;
  TokenKeys tokens_{loop_};
  std::optional<control::Server> server_;
};

}  // namespace agilevpn::daemon
