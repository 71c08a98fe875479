// IKE messages from the worker to a role, a turn at a time.
#pragma once

#include "daemon/limits.h"

namespace agilevpn::daemon {

// Anybody can send IKE as fast as we take it. So a turn of the event loop is bounded: nobody keeps it from timers, signals
// and everything else for longer. What is left is for the next turn, as the descriptor of the queue stays readable.
template <class Worker, class Handle>
void take_ike(Worker& worker, const Handle& handle) {
  for (int i = 0; i < ike_messages_per_turn; ++i) {
    const auto ike = worker.poll_ike();
    if (!ike) return;
    handle(*ike);
  }
}

}  // namespace agilevpn::daemon
