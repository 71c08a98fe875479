#include <fmt/format.h>

#include "cli/sessions.h"
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

Result<void, Error> rekey(const control::Client& daemon, const RekeyOptions& options) {
  TRY_ASSIGN(const auto answer, daemon.get("/v1/status"));
  TRY_ASSIGN(const auto sessions, meant(answer.get<control::Status>(), options.name));
  for (const auto& session : sessions)
    TRY(daemon.post(fmt::format("/v1/sessions/{}/rekey", session.id), {{"what", options.what()}}));
  return {};
}

}  // namespace

void add_rekey(CLI::App& app, Context& context) {
  auto options = std::make_shared<RekeyOptions>();
  CLI::App* verb =
      add_verb(app, "rekey", "Agree on new keys now: of the IKE SA and its Child SAs, or of one of the two",
               "  agilevpn rekey\n  agilevpn rekey anna@example.org --child");
  verb->add_option("NAME", options->name,
                   "A connection; on a gateway a user or a session's id; not needed for the only one that is up");
  verb->add_flag("--ike", options->ike, "Of the IKE SA");
  verb->add_flag("--child", options->child, "Of its Child SAs");
  verb->callback([options, &context] {
    if (const auto done = rekey(context.daemon(), *options); !done) context.fail(done.error());
  });
}

}  // namespace agilevpn::cli
