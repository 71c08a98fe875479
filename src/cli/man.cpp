// agilevpn(1), out of the same words as --help.
#include <fmt/format.h>

#include "cli/usage.h"
#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

// As groff takes it for text: a backslash, and a dot or quote at a line's start, mean something to it.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += '\\';
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '-') out += '\\';
    out += c;
  }
  return out;
}

std::string options_text(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_name() == "--help") continue;
    const bool takes_value = option->get_expected_max() > 0 && !option->get_positional();
    const std::string name = option->get_positional() ? option->get_name(true) : option->get_name();
    out += fmt::format(".TP\n.B {}{}\n{}\n", plain(name), takes_value ? plain(" " + option->get_type_name()) : "",
                       plain(option->get_description()));
  }
  return out;
}

std::string verb_text(const CLI::App& verb) {
  std::string out = fmt::format(".SS {}\n{}.\n", plain(full_name(verb)), plain(verb.get_description()));
  out += options_text(verb);
  if (const std::string& example = verb.get_footer(); !example.empty())
    out += fmt::format(".PP\n.nf\n{}\n.fi\n", plain(example));
  for (const CLI::App* below : verbs_below(verb)) out += verb_text(*below);
  return out;
}

std::string page(const CLI::App& app) {
  std::string out = fmt::format(
      ".TH AGILEVPN 1 \"\" \"AgileVPN {}\"\n.SH NAME\nagilevpn \\- a VPN that never drops you\n", AGILEVPN_VERSION);
  out += ".SH SYNOPSIS\n.B agilevpn\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH OPTIONS\n" + options_text(app);
  out += ".SH COMMANDS\n";
  for (const CLI::App* verb : verbs_below(app)) out += verb_text(*verb);
  return out +
         ".SH EXIT STATUS\n0: done; 1: it failed; 2: asked in a wrong way.\n"
         ".SH FILES\n.TP\n.I /etc/agilevpn/gateway.toml, /etc/agilevpn/client.toml\nWhat the daemon of each role "
         "does.\n"
         ".TP\n.I /var/lib/agilevpn\nThe CA, users and what must survive a restart.\n";
}

}  // namespace

void add_man(CLI::App& app, Context&) {
  CLI::App* verb = add_verb(app, "man", "Print the manual page, agilevpn(1)", "  agilevpn man | man -l -");
  verb->callback([&app] { fmt::print("{}", page(app)); });
}

}  // namespace agilevpn::cli
