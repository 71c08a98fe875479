// What two sets of proposals have in common, and how they read by kind of algorithm.
#pragma once

#include <string>
#include <vector>

#include "ike/proposals.h"

namespace agilevpn::diagnosis {

// Kinds of which each side names some and no name is the same: "DH group". Empty for proposals that fit each other, and
// for those where only the combinations differ.
std::vector<ike::wire::TransformType> kinds_without_common(const ike::Proposals& offered,
                                                           const ike::Proposals& allowed);

// A line for each kind: "encryption AES-CBC-128, AES-CBC-256".
std::vector<std::string> by_kind(const ike::Proposals& proposals);

}  // namespace agilevpn::diagnosis
