#include "client/attempts.h"

#include <algorithm>

namespace agilevpn::client {

bool Attempts::was_tried(const mobility::Candidate& candidate) const {
  return std::ranges::any_of(tried_, [&](const Path& path) { return mobility::is_same_way(path, candidate.path); });
}

bool Attempts::were_all_tried(const std::vector<mobility::Candidate>& candidates) const {
  return std::ranges::all_of(candidates, [&](const auto& candidate) { return was_tried(candidate); });
}

std::optional<mobility::Candidate> Attempts::next(const std::vector<mobility::Candidate>& candidates) {
  if (candidates.empty()) return std::nullopt;
  auto chosen = std::ranges::find_if_not(candidates, [&](const auto& candidate) { return was_tried(candidate); });
  if (chosen == candidates.end()) {
    tried_.clear();
    patience_ = std::min<Duration>(patience_ * 2, limits::attempt_longest);
    chosen = candidates.begin();
  }
  tried_.push_back(chosen->path);
  return *chosen;
}

}  // namespace agilevpn::client
