// The IKEv2 gateways that our client's users already have, each as one row of data. StockGateway (gateway.h) plays any
// of them. What is documented nowhere is a guess, and marked as one where it stands (rras.cpp).
#pragma once

#include "eap/packet.h"
#include "sim/stock/kind.h"

namespace agilevpn::sim::stock {

struct GatewayKind {
  // What a client's has as well: its vendor IDs, the payloads of its IKE_SA_INIT, what it takes (most wanted first),
  // its fragments and its habits.
  Kind kind;
  std::vector<eap::Type> methods;      // Most wanted first.
  std::vector<eap::Type> inside_peap;  // The same.
  bool tells_servers = true;           // Its own inner addresses, to who asks for them.
};

const std::vector<GatewayKind>& gateway_kinds();
const GatewayKind* find_gateway_kind(std::string_view name);  // nullptr: there is none.

}  // namespace agilevpn::sim::stock
