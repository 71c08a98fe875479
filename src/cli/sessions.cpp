#include "cli/sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/text.h"

namespace agilevpn::cli {

namespace {

using control::SessionStatus;

bool is_up(const SessionStatus& session) { return session.state != "Off"; }

bool is_called(const SessionStatus& session, const std::string& name) {
  return session.name == name || std::to_string(session.id) == name;
}

Result<std::vector<SessionStatus>, Error> only_one(const control::Status& status) {
  std::vector<SessionStatus> up;
  std::ranges::copy_if(status.sessions, std::back_inserter(up), is_up);
  if (up.size() == 1) return up;
  if (up.empty() && status.role == "gateway") return Failure{Error{"nobody is connected", ""}};
  if (up.empty()) return Failure{Error{"no connection is up", "see: agilevpn list"}};
  std::vector<std::string> names;
  std::ranges::transform(up, std::back_inserter(names), &SessionStatus::name);
  return Failure{Error{"there are several sessions", "name one of: " + join(names)}};
}

}  // namespace

Result<std::vector<SessionStatus>, Error> meant(const control::Status& status, const std::string& name) {
  if (name.empty()) return only_one(status);
  std::vector<SessionStatus> out;
  std::ranges::copy_if(status.sessions, std::back_inserter(out),
                       [&](const auto& session) { return is_called(session, name); });
  if (out.empty()) return Failure{Error{fmt::format("no session of '{}'", name), "see: agilevpn status"}};
  return out;
}

}  // namespace agilevpn::cli
