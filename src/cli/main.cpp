// agilevpn, the command line.
#include <csignal>
#include <cstdio>

#include "cli/verb.h"
#include "control/config/host_options.h"

int main(int argc, char** argv) {
  using namespace agilevpn::cli;
  std::signal(SIGPIPE, SIG_DFL);  // `agilevpn log | head` ends quietly.

  Context context;
  context.program = argv[0];
  context.socket = agilevpn::control::config::default_socket;
  CLI::App app{"agilevpn: a VPN that never drops you"};
  app.footer("Example:\n  agilevpn status\n  agilevpn up --help");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--control", context.socket, "The daemon's control socket")->envname("AGILEVPN_CONTROL");
  for (const auto add : {add_setup, add_up, add_down, add_rekey, add_move, add_status, add_list, add_paths, add_log, add_why, add_explain, add_pki, add_user, add_group, add_profile,
                         add_import, add_doctor, add_check, add_decode, add_lab, add_completion, add_version}) {
    add(app, context);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return context.exit_status;
}
