#include <fmt/format.h>

#include "cli/sessions.h"
#include "cli/verb.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

// On a gateway: closes every session of a user, or the one with this id.
Result<void, Error> disconnect(const control::Client& daemon, const control::Status& status, const std::string& name) {
  if (name.empty()) return Failure{Error{"somebody must be named", "see who is connected: agilevpn status"}};
  TRY_ASSIGN(const auto sessions, meant(status, name));
  for (const auto& session : sessions)
    TRY(daemon.post(fmt::format("/v1/sessions/{}/disconnect", session.id), nlohmann::json::object()));
  fmt::print(
      "disconnected; a client that is set to stay connected comes back by itself (agilevpn user disable shuts a user "
      "out)\n");
  return {};
}

Result<void, Error> down(const control::Client& daemon, const std::string& name) {
  TRY_ASSIGN(const auto answer, daemon.get("/v1/status"));
  const auto status = answer.get<control::Status>();
  if (status.role == "gateway") return disconnect(daemon, status, name);
  TRY_ASSIGN(const auto sessions, meant(status, name));
  if (sessions.front().state == "Off") fmt::print("{} was not up\n", sessions.front().name);
  TRY(daemon.post("/v1/down", {{"name", sessions.front().name}}));
  return {};
}

}  // namespace

void add_down(CLI::App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, "down", "Disconnect; on a gateway, a user or one session of theirs",
                            "  agilevpn down office\n  agilevpn down anna@example.org");
  verb->add_option("NAME", *name,
                   "A connection, not needed for the only one that is up; on a gateway a user or a session's id");
  verb->callback([name, &context] {
    if (const auto done = down(context.daemon(), *name); !done) context.fail(done.error());
  });
}

}  // namespace agilevpn::cli
