// Clients that are almost one of these: everything that one of a client's messages can say otherwise, one change at a
// time. Deterministic: the same messages give the same mutations.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/stock/owner.h"

namespace agilevpn::sim::stock {

struct Mutation {
  std::size_t message = 0;  // Of all that the client seals, from 0.
  std::string what;         // "IKE_AUTH SA Proposal Length: zero"
  std::function<void(Plaintext&)> apply;
};

// Of what a client said, all in their order. Messages that a client says otherwise at another time (its nonces, its
// signatures) have the same fields.
std::vector<Mutation> mutations_of(const std::vector<Plaintext>& said);

// So many of them, another choice for each `turn`: over all turns as many as can be of what they are called.
std::vector<Mutation> choose_mutations(const std::vector<Mutation>& all, std::size_t count, std::size_t turn);

// Applies it to the message that it is for, and to no other.
Tamper tamper_with(Mutation mutation);

}  // namespace agilevpn::sim::stock
