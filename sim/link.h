// What a wire or a radio does to packets: delay, jitter, loss, reordering, duplication, a largest size, and being cut.
#pragma once

#include <vector>

#include "base/random.h"

namespace agilevpn::sim {

struct Link {
  Duration latency = 5ms;
  Duration jitter{};  // Up to this much more; without `reorders`, a later packet still never overtakes an earlier one.
  double loss = 0;    // Probability for each packet.
  double duplication = 0;  // Probability for each packet.
  bool reorders = false;
  std::size_t mtu = 1500;        // Octets of IP packet.
  bool passes_fragments = true;  // Else what is larger than the MTU is lost.
  bool is_up = true;

  // When copies of a packet of this size, sent now, arrive: none, one or two instants.
  std::vector<Instant> arrivals(Instant now, std::size_t size, Random& random);

  Instant last_arrival{};
};

// True with this probability.
bool happens(double probability, Random& random);

}  // namespace agilevpn::sim
