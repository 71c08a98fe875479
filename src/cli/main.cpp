// agilevpn, the command line.
#include <fmt/format.h>

#include <csignal>
#include <exception>

#include "cli/usage.h"
#include "cli/verb.h"
#include "control/config/host_options.h"

namespace agilevpn::cli {

namespace {

void parse(CLI::App& app, int argc, char** argv, Context& context) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto mistake = usage_mistake(app, error)) return context.refuse(*mistake);
    app.exit(error);  // Prints the help that was asked for.
  }
}

}  // namespace

}  // namespace agilevpn::cli

int main(int argc, char** argv) {
  using namespace agilevpn::cli;
  std::signal(SIGPIPE, SIG_DFL);  // `agilevpn log | head` ends quietly.

  Context context;
  context.program = argv[0];
  context.socket = agilevpn::control::config::default_socket;
  CLI::App app{"agilevpn: a VPN that never drops you", "agilevpn"};
  app.footer("Example:\n  agilevpn status\n  agilevpn up --help");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--control", context.socket, "The daemon's control socket")->envname("AGILEVPN_CONTROL");
  for (const auto add :
       {add_setup,  add_up,    add_down,    add_rekey, add_move,       add_status, add_list,    add_paths,
        add_log,    add_why,   add_explain, add_pki,   add_user,       add_group,  add_profile, add_import,
        add_doctor, add_check, add_decode,  add_lab,   add_completion, add_man,    add_help,    add_version}) {
    add(app, context);
  }
  try {
    parse(app, argc, argv, context);
  } catch (const std::exception& error) {  // A library's: our own code returns its errors.
    context.fail({error.what(), ""});
  }
  return context.exit_status;
}
