// diagnosis.h as JSON and back, as status_json.h does it.
#pragma once

#include "control/status_json.h"
#include "diagnosis/diagnosis.h"

namespace agilevpn::diagnosis {

NLOHMANN_JSON_SERIALIZE_ENUM(Step, {{Step::Reaching, "reaching"},
                                    {Step::Algorithms, "algorithms"},
                                    {Step::Identities, "identities"},
                                    {Step::Tunnel, "tunnel"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Explanation, cause, title, cures)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Diagnosis, at, who, address, client, step, explanations, detail,
                                                offered, allowed, screen)

}  // namespace agilevpn::diagnosis
