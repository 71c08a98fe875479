// When a request is sent again (RFC 5080 §2.2.1): a value with its own clockwork, which the client keeps for each request.
#pragma once

#include "base/random.h"
#include "radius/limits.h"

namespace agilevpn::radius {

struct RetransmissionSettings {
  Duration first = limits::retransmit_first;      // IRT
  Duration longest = limits::retransmit_longest;  // MRT
  int count = limits::retransmit_count;           // MRC: transmissions to one server.
};

class Retransmission {
 public:
  // For one more transmission, the first as well: how long to wait for its answer. RT = 2 * RTprev + RAND * RTprev, with
  // RAND between -0.1 and +0.1.
  Duration next(const RetransmissionSettings& settings, Random& random) {
    const Duration base = transmissions_++ == 0 ? settings.first : 2 * last_;
    last_ = randomized(base, transmissions_ == 1 ? base : last_, random);
    if (last_ > settings.longest) last_ = randomized(settings.longest, settings.longest, random);
    return last_;
  }
  int transmissions() const { return transmissions_; }

 private:
  static Duration randomized(Duration base, Duration of, Random& random) {
    return base - of / 10 + random.jitter(of / 5);
  }

  Duration last_{};
  int transmissions_ = 0;
};

}  // namespace agilevpn::radius
