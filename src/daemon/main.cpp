// agilevpnd. Exit status: 0 after SIGTERM, 1 when this host refused something, 2 for a mistake on the command line or in the
// configuration.
#include <fmt/format.h>

#include "daemon/client_daemon.h"
#include "daemon/gateway_daemon.h"

namespace agilevpn::daemon {
namespace {

enum Status : int { done = 0, refused = 1, mistaken = 2 };

int fail(const Error& error, Status status) {
  fmt::print(stderr, "agilevpnd: {}\n", error.to_string());
  return status;
}

template <class Daemon, class Config>
int serve(const Options& options, Result<Config, std::vector<Error>> config) {
  if (!config) {
    for (const Error& mistake : config.error()) fail(mistake, mistaken);
    return mistaken;
  }
  if (options.checks_only) return done;
  auto service = Service::open(options, config->host);
  if (!service) return fail(service.error(), refused);
  (*service)->report(config->warnings);
  auto daemon = Daemon::open(**service, *std::move(config), options.config);
  if (!daemon) return fail(daemon.error(), refused);
  if (const auto ran = (*daemon)->run(); !ran) return fail(ran.error(), refused);
  return done;
}

int run(int argc, char** argv) {
  const auto parsed = parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const auto& options = std::get<Options>(parsed);
  switch (options.role) {
    case Role::Gateway: return serve<GatewayDaemon>(options, control::config::load_gateway(options.config));
    case Role::Client: return serve<ClientDaemon>(options, control::config::load_client(options.config));
  }
  return mistaken;
}

}  // namespace
}  // namespace agilevpn::daemon

int main(int argc, char** argv) { return agilevpn::daemon::run(argc, argv); }
