// Which way the next connection attempt takes: every candidate once, the best first, then all again with more patience.
#pragma once

#include <optional>
#include <vector>

#include "client/limits.h"
#include "mobility/candidate.h"

namespace agilevpn::client {

class Attempts {
 public:
  // The best candidate that was not tried in this round; nothing if there is none at all.
  std::optional<mobility::Candidate> next(const std::vector<mobility::Candidate>& candidates);
  bool were_all_tried(const std::vector<mobility::Candidate>& candidates) const;  // In this round.
  // How long the gateway has to answer the present attempt.
  Duration patience() const { return patience_; }
  void reset() { *this = {}; }

 private:
  bool was_tried(const mobility::Candidate& candidate) const;
  std::vector<Path> tried_;
  Duration patience_ = limits::attempt_first;
};

}  // namespace agilevpn::client
