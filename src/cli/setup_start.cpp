#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "cli/setup_steps.h"
#include "control/client.h"
#include "control/config/gateway_config.h"
#include "control/files/file.h"
#include "linux/clock.h"
#include "linux/program.h"

namespace agilevpn::cli {

using std::filesystem::path;

namespace {

constexpr std::string_view unit = "agilevpn-gateway.service";
constexpr Duration patience = 15s;  // Until a daemon that was started answers.

bool answers(const path& socket) { return control::Client(socket).get("/v1/status").has_value(); }

bool answers_soon(const path& socket) {
  for (const Instant end = linux::now() + patience; linux::now() < end;) {
    if (answers(socket)) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

// Whether systemd runs this machine and knows our unit.
bool has_service() {
  return control::files::has("/run/systemd/system").value_or(false) &&
         linux::run_program({"systemctl", "cat", std::string(unit)});
}

// Beside this program, as it was built or installed.
path daemon_program() {
  std::error_code failed;
  return std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "agilevpnd";
}

Result<Step, Error> start_service(const path& socket) {
  if (const auto done = linux::run_patiently({"systemctl", "enable", "--now", std::string(unit)}, 60s);
      !done || !answers_soon(socket)) {
    return Failure{Error{fmt::format("systemd could not start {}", unit),
                         fmt::format("it says why: journalctl -n 20 -u {}", unit)}};
  }
  return Step{"started", fmt::format("{}, now and at every boot", unit), {}};
}

std::string last_line(const path& log) {
  std::string text = control::files::read_text(log).value_or("");
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

Result<Step, Error> start_by_hand(const SetupOptions& options, const path& socket) {
  const path log = options.state_directory() / "gateway.log";
  TRY(linux::start_program(daemon_program(), {"--config", options.configuration_file().string()}, log));
  if (!answers_soon(socket))
    return Failure{Error{"the gateway did not start: " + last_line(log), "all that it said is in " + log.string()}};
  return Step{"started", fmt::format("agilevpnd, until this machine goes down; it logs to {}", log.string()), {}};
}

}  // namespace

Result<Step, Error> start_gateway(const SetupOptions& options) {
  const auto config = control::config::load_gateway(options.configuration_file());
  if (!config) return Failure{config.error().front()};
  const path socket = config->host.socket;
  if (answers(socket)) return Step{"kept", "the gateway runs", {}};
  if (options.directory.empty() && has_service()) return start_service(socket);
  if (options.starts) return start_by_hand(options, socket);
  return Step{"note", "the gateway does not run yet",
              fmt::format("agilevpnd --config {}, or setup with --start", options.configuration_file().string())};
}

}  // namespace agilevpn::cli
