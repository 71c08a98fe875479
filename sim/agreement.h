// Whether two ends of an IKE SA hold the same thing: the invariant that every test of the simulated world ends with.
#pragma once

#include <string>
#include <vector>

#include "sim/endpoint_host.h"

namespace agilevpn::sim {

// What two hosts that know only each other do not agree about, one sentence each.
std::vector<std::string> disagreements(const EndpointHost& a, const EndpointHost& b);

// The other end's half of this Child SA, by its SPIs; nullptr if there is none.
const ike::InstallChildSa* counterpart(const ike::InstallChildSa& child, const DataPlane& of);

// Whether what `a` seals `b` opens and the other way round, under the same selectors; else a sentence about it.
std::optional<std::string> mismatch(const ike::InstallChildSa& a, const ike::InstallChildSa& b);

}  // namespace agilevpn::sim
