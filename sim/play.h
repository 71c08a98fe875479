// Plays the random world of a seed from its first packet to its last, with trouble in between, and says what it broke:
//
//   - no packet comes out of a tunnel twice, changed, or outside of its Child SA's selectors;
//   - a session lives while there is a path, and keeps its inner address;
//   - once the trouble is over everybody is connected, and both ends agree on SAs and keys;
//   - once everybody has left nothing is left: no session, no Child SA, no timer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/time.h"

namespace agilevpn::sim {

struct Played {
  std::vector<std::string> failures;  // Sentences; empty if all went well.
  std::uint64_t troubles = 0;
  std::uint64_t sessions = 0;  // Established, by clients.
  std::uint64_t moves = 0;
  std::uint64_t rekeys = 0;  // Of IKE and Child SAs.
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_arrived = 0;
  Duration virtual_time{};
  std::uint64_t trace = 0;  // Of every packet that was sent: the same for the same seed.
};

// `log` hears what happens, line by line.
Played play(std::uint64_t seed, const std::function<void(const std::string&)>& log = {});

}  // namespace agilevpn::sim
