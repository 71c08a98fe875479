// The causes that a gateway knows why a client got no connection, as a table: which facts point to it, what the user
// saw and what cures it. explain.h asks them; a new cause is a new row.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "diagnosis/attempt.h"
#include "diagnosis/screen.h"
#include "gateway/config.h"

namespace agilevpn::diagnosis {

struct Facts {
  const Attempt& attempt;
  const gateway::Config& config;
  PeerKind kind;
};

struct Cause {
  std::string_view key;    // For programs, and for docs/troubleshooting.md.
  std::string_view title;  // For people.
  bool (*is_it)(const Facts&);
  Symptom symptom;
  std::vector<std::string> (*cures)(const Facts&);
};

// Of each step, the most telling evidence first.
std::span<const Cause> reaching_causes();
std::span<const Cause> algorithm_causes();
std::span<const Cause> identity_causes();
std::span<const Cause> certificate_causes();
std::span<const Cause> login_causes();
std::span<const Cause> tunnel_causes();

// ---- What several of them ask.
bool is_refused_by(const Facts& facts, gateway::Refusal cause);
template <gateway::Refusal cause>
bool is_refused(const Facts& facts) {
  return is_refused_by(facts, cause);
}
const gateway::GroupFault& group_fault(const Facts& facts);  // Only where there is one.
// The user as the command line knows it: as it is kept, or as it was claimed; "NAME" where that is nothing to type.
struct Named {
  std::string user;
  std::string device;  // May be empty.
};
Named named(const Facts& facts);
std::string profile_command(const Facts& facts);  // "agilevpn profile anna --for windows --out ."

}  // namespace agilevpn::diagnosis
