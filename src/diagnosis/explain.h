// From the facts of a failed attempt to its explanation.
#pragma once

#include "diagnosis/attempt.h"
#include "gateway/config.h"

namespace agilevpn::diagnosis {

Diagnosis explain(const Attempt& attempt, const gateway::Config& config);

}  // namespace agilevpn::diagnosis
