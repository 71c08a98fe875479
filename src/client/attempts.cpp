#include "client/attempts.h"

#include <algorithm>

namespace agilevpn::client {

std::optional<mobility::Candidate> Attempts::next(const std::vector<mobility::Candidate>& candidates) {
  if (candidates.empty()) return std::nullopt;
  const auto is_untried = [&](const mobility::Candidate& candidate) {
    return std::ranges::none_of(tried_, [&](const Path& path) { return mobility::is_same_way(path, candidate.path); });
  };
  auto chosen = std::ranges::find_if(candidates, is_untried);
  if (chosen == candidates.end()) {
    tried_.clear();
    patience_ = std::min<Duration>(patience_ * 2, limits::attempt_longest);
    chosen = candidates.begin();
  }
  tried_.push_back(chosen->path);
  return *chosen;
}

}  // namespace agilevpn::client
