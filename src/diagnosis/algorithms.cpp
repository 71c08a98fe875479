#include "diagnosis/algorithms.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace agilevpn::diagnosis {

namespace {

using ike::wire::Transform;
using ike::wire::TransformType;

struct Kind {
  TransformType type;
  std::string_view name;
};
constexpr std::array kinds = {Kind{TransformType::Encryption, "encryption"},
                              Kind{TransformType::Integrity, "integrity"}, Kind{TransformType::Prf, "PRF"},
                              Kind{TransformType::KeyExchange, "group"},
                              Kind{TransformType::SequenceNumbers, "sequence numbers"}};

// Each once, in the order in which they are named.
std::vector<std::string> names_of(const ike::Proposals& proposals, TransformType type) {
  std::vector<std::string> names;
  for (const ike::wire::Proposal& proposal : proposals)
    for (const Transform& transform : proposal.transforms) {
      const std::string name = transform.to_string();
      if (transform.type == type && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  return names;
}

}  // namespace

std::vector<TransformType> kinds_without_common(const ike::Proposals& offered, const ike::Proposals& allowed) {
  std::vector<TransformType> without;
  for (const Kind& kind : kinds) {
    const auto theirs = names_of(offered, kind.type);
    const auto ours = names_of(allowed, kind.type);
    const auto is_ours = [&](const std::string& name) { return std::ranges::find(ours, name) != ours.end(); };
    if (!theirs.empty() && !ours.empty() && std::ranges::none_of(theirs, is_ours)) without.push_back(kind.type);
  }
  return without;
}

std::vector<std::string> by_kind(const ike::Proposals& proposals) {
  std::vector<std::string> lines;
  for (const Kind& kind : kinds) {
    const auto names = names_of(proposals, kind.type);
    if (!names.empty()) lines.push_back(fmt::format("{} {}", kind.name, fmt::join(names, ", ")));
  }
  return lines;
}

}  // namespace agilevpn::diagnosis
