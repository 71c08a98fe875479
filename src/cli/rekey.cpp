#include <fmt/format.h>

#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

struct RekeyOptions {
  std::string name;
  bool ike = false;
  bool child = false;

  std::string what() const { return ike == child ? "all" : ike ? "ike" : "child"; }
};

bool is_meant(const control::SessionStatus& session, const std::string& name) {
  return session.name == name || std::to_string(session.id) == name;
}

Result<void, Error> rekey(const control::Client& daemon, const RekeyOptions& options) {
  TRY_ASSIGN(const auto answer, daemon.get("/v1/status"));
  const auto status = answer.get<control::Status>();
  const bool is_clear = !options.name.empty() || status.sessions.size() == 1;
  if (!is_clear) return Failure{Error{"there are several sessions, or none", "name one of: agilevpn status"}};
  bool is_found = false;
  for (const auto& session : status.sessions) {
    if (!options.name.empty() && !is_meant(session, options.name)) continue;
    TRY(daemon.post(fmt::format("/v1/sessions/{}/rekey", session.id), {{"what", options.what()}}));
    is_found = true;
  }
  if (!is_found) return Failure{Error{fmt::format("no session of '{}'", options.name), "see: agilevpn status"}};
  return {};
}

}  // namespace

void add_rekey(CLI::App& app, Context& context) {
  auto options = std::make_shared<RekeyOptions>();
  CLI::App* verb = add_verb(app, "rekey", "Agree on new keys now: of the IKE SA and its Child SAs, or of one of the two",
                            "  agilevpn rekey\n  agilevpn rekey anna@example.org --child");
  verb->add_option("NAME", options->name, "A connection; on a gateway a user or a session's id; not needed for the only one");
  verb->add_flag("--ike", options->ike, "Of the IKE SA");
  verb->add_flag("--child", options->child, "Of its Child SAs");
  verb->callback([options, &context] {
    if (const auto done = rekey(context.daemon(), *options); !done) context.fail(done.error());
  });
}

}  // namespace agilevpn::cli
