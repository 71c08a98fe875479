// Windows Server with RRAS as the gateway and NPS as its policy server. No capture of one was to be had: what it says
// is put together from the documents of RRAS, from [MS-IKEE] and from what Windows' IKE says as a client.
#include <algorithm>

#include "sim/stock/gateway_kind.h"
#include "sim/stock/windows.h"

namespace agilevpn::sim::stock {

namespace {

// The lifetimes and times are RRAS's own defaults. Guesses: that it asks a silent client after 20 s, as Windows does on
// the other side; that it rekeys itself when nine tenths of a lifetime are over and nobody else did; how much the data
// limit is; that it takes no key exchange where it has no PfsGroup and knows the IKE SA's group only, both as on the
// other side.
const Habits rras_habits{.pauses = {1s, 1s, 2s, 4s, 8s, 16s},
                         .liveness = 20s,
                         .outage = 30min,
                         .child_rekey = 432min,
                         .child_hard = 480min,
                         .ike_rekey = 432min,
                         .ike_hard = 480min,
                         .child_rekey_octets = 100ull << 20,
                         .idle_delete = 5min,
                         .ends_when_idle = true,
                         .recreates_child = true,
                         .refuses_unexpected_group = true,
                         .knows_one_group = true};

// As it was installed. That it has the list that its clients have, in their order, is a guess; that the two end at 3DES
// is not. NPS wants MSCHAPv2 here, which its administrator has to allow.
GatewayKind rras() {
  using enum InitPart;
  return {.kind = {.name = "rras",
                   .policy = "legacy-windows",
                   .init = {Sa, Ke, Nonce, NatSource, NatDestination, VendorIds},
                   .vendor_ids = windows_vendor_ids(9),
                   .nonce_size = 32,
                   .ike = ike_proposals(windows_default_ike()),
                   .auth = {},
                   .wishes = {},
                   .esp = esp_proposals(windows_default_esp()),
                   .habits = rras_habits},
          .methods = {eap::Type::MsChapV2},
          .inside_peap = {}};
}

// Set-VpnServerConfiguration -CustomPolicy: one suite, here the one that Microsoft's guide has.
GatewayKind custom() {
  GatewayKind made = rras();
  made.kind.name = "rras-custom";
  made.kind.policy = "compatible";
  made.kind.ike = ike_proposals({"aes256-sha256-prfsha256-modp2048"});
  made.kind.esp = esp_proposals({"aes256-sha256"});
  return made;
}

// Since Server 2019, where the registry says so.
GatewayKind with_fragments() {
  GatewayKind made = custom();
  made.kind.name = "rras-custom-fragments";
  made.kind.init.insert(std::ranges::find(made.kind.init, InitPart::NatSource), InitPart::Fragmentation);
  made.kind.fragment_above = 576;
  made.kind.fragment_size = 580;
  return made;
}

// As Microsoft's guide has NPS: nothing but PEAP.
GatewayKind with_peap() {
  GatewayKind made = custom();
  made.kind.name = "rras-custom-peap";
  made.methods = {eap::Type::Peap};
  made.inside_peap = {eap::Type::MsChapV2};
  return made;
}

}  // namespace

const std::vector<GatewayKind>& gateway_kinds() {
  static const std::vector<GatewayKind> all{rras(), custom(), with_fragments(), with_peap()};
  return all;
}

const GatewayKind* find_gateway_kind(std::string_view name) {
  const auto found = std::ranges::find(gateway_kinds(), name, [](const GatewayKind& one) { return one.kind.name; });
  return found == gateway_kinds().end() ? nullptr : &*found;
}

}  // namespace agilevpn::sim::stock
