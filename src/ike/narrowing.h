// Narrowing of traffic selectors by the responder (RFC 7296 §2.9).
#pragma once

#include "base/traffic_selector.h"

namespace agilevpn::ike {

// What the peer wants, cut down to what we allow: each pair's intersection, each once. Empty: TS_UNACCEPTABLE.
TrafficSelectors narrow(const TrafficSelectors& wanted, const TrafficSelectors& allowed);
// Whether every selector of `narrowed` lies within one of `offered`, and there is one.
bool is_narrowing(const TrafficSelectors& narrowed, const TrafficSelectors& offered);

}  // namespace agilevpn::ike
