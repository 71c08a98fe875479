// Whether two ends of an IKE SA hold the same thing: the invariant that every test of the simulated world ends with.
#pragma once

#include <string>
#include <vector>

#include "sim/endpoint_host.h"

namespace agilevpn::sim {

// What two hosts that know only each other do not agree about, one sentence each.
std::vector<std::string> disagreements(const EndpointHost& a, const EndpointHost& b);

// Whether what `a` seals `b` opens and the other way round, under the same selectors; else a sentence about it.
std::optional<std::string> mismatch(const ike::InstallChildSa& a, const ike::InstallChildSa& b);

}  // namespace agilevpn::sim
