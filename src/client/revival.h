// Whether a gateway that is silent has forgotten the session: it restarted. While we sleep for want of an answer, a probe, an
// IKE_SA_INIT, asks whether anybody is there:
//
//   asleep, no answer on any path:   HDR(new SPI), SAi1, KEi, Ni  -->
//                                    <--  anything with that SPI: the gateway is there
//   awake on that path:              HDR(session), SK {N(UPDATE_SA_ADDRESSES) ...}  -->
//                                    <--  answered: all is well; or not, again and again: the session is gone, and a
//                                        new one is made
//
// RFC 7296 §2.4 lets nothing unprotected end an IKE SA, and this does not: the session ends because it gets no answer
// from a gateway that could give one. The IKE_SA_INIT never comes to more than its response.
//
// This counts, and knows which probe is out; the connection sends it and asks on the session's behalf (revival.cpp).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "client/attempts.h"
#include "ike/ask.h"

namespace agilevpn::client {

class Revival {
 public:
  // `prompt`: an answer that comes sooner was given to the first copy.
  explicit Revival(Duration prompt) : prompt_(prompt) {}

  struct Probe {
    ike::IkeSaId ike_sa;
    Path path;
  };
  // The way for the next one: each in its turn.
  std::optional<mobility::Candidate> next_way(const std::vector<mobility::Candidate>& ways) { return ways_.next(ways); }
  void note_sent(Instant now, Probe probe);
  const std::optional<Probe>& probe() const { return probe_; }
  // None is out any more; the one that was.
  std::optional<Probe> take_probe() { return std::exchange(probe_, std::nullopt); }

  // Its answer came, and the session is asked on its way, but has not answered yet.
  void note_gateway_there(Instant now);
  // The session sleeps anew, or is about to be asked anew. Whether it got no answer from a gateway that was there, often
  // enough. `last_heard`: by the session itself.
  bool is_forgotten(Instant last_heard);
  // Whether it answers is not known any more: the way was lost.
  void doubt() { weight_ = 0; }
  // It has answered, or is over.
  void reset() { weight_ = in_vain_ = 0; }

 private:
  Duration prompt_;
  Attempts ways_;
  std::optional<Probe> probe_;
  Instant sent_;        // The last one.
  int weight_ = 0;      // The gateway was there, and the session was asked for it: how much that counts.
  int in_vain_ = 0;     // What came together, and nothing answered the session.
  Instant last_heard_;  // As of when the gateway was there and did not answer.
};

}  // namespace agilevpn::client
