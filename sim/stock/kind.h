// The IKEv2 clients that people already have, each as one row of data: what it says, in which order, and what it is in
// the habit of. StockClient (client.h) plays any of them. What is documented nowhere is a guess, and marked as one
// where it stands (windows.cpp, apple.cpp, android.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ike/proposals.h"

namespace agilevpn::sim::stock {

enum class SignIn : std::uint8_t {
  MsChapV2,
  EapTls,
  Certificate,
  Peap,  // EAP-MSCHAPv2 inside.
  TtlsPap,
  TtlsMsChapV2,
  TtlsEap,  // EAP-MSCHAPv2 or EAP-GTC inside, whichever the server begins with.
  Gtc,
  MsChapV2OrGtc,  // The same without EAP-TTLS.
};
enum class OwnIdentity : std::uint8_t { Address, Subject, Typed };  // What stands in IDi.

// Payloads of the IKE_SA_INIT request. A COOKIE goes before all of them.
enum class InitPart : std::uint8_t {
  Sa,
  Ke,
  Nonce,
  Fragmentation,
  Redirect,
  NatSource,
  NatDestination,
  SignatureHashes,
  Intermediate,
  VendorIds,
};
// Payloads of the first IKE_AUTH request. Certificate and Authentication are left out with EAP.
enum class AuthPart : std::uint8_t {
  IdI,
  Certificate,
  CertificateRequest,
  IdR,
  Authentication,
  InitialContact,
  Mobike,
  Configuration,
  Sa,
  TsI,
  TsR,
  NoAdditionalAddresses,
  MultipleAuth,
  EapOnly,
  MessageIdSync,
  TfcPadding,
  NonFirstFragments,
};

struct Habits {
  std::vector<Duration> pauses{1s, 1s, 2s, 4s, 8s};  // Between the tries of one request.
  // Silence after which it asks, and how long it waits for a gateway that does not answer before it gives up. 0: never,
  // and not at all.
  Duration liveness{};
  Duration outage{};
  Duration nat_keepalive = 20s;
  bool has_mobike = true;
  // When it rekeys, and when it ends what nobody rekeyed. 0: never.
  Duration child_rekey{}, child_hard{}, ike_rekey{}, ike_hard{};
  std::uint64_t child_rekey_octets = 0;
  std::optional<crypto::KeyExchangeId>
      pfs{};                     // The group of its Child rekeys; else that of the IKE SA if `offers_pfs`.
  bool offers_pfs = false;       // First with a group, then without.
  Duration idle_delete{};        // Its Child SA goes after this much silence inside, and comes back with traffic.
  bool ends_when_idle = false;   // Not the Child SA goes then, but the session.
  bool recreates_child = false;  // A Child SA that the gateway deletes is made anew with the next packet.
  bool refuses_rekey_behind_nat = false;  // Of the Child SA, by the gateway: MS_STATUS 13863.
  bool refuses_unexpected_group = false;  // In such a rekey: MS_STATUS 13816.
  bool knows_one_group = false;      // It cannot change the group after IKE_SA_INIT, nor do INVALID_KE_PAYLOAD there.
  bool deletes_child_first = false;  // At its end: two Deletes.
  bool solicits_routers = false;     // Inside the tunnel; before an advertisement it has no route there by IPv6.
};

// What its owner reads where it did not work (docs/troubleshooting.md).
struct Screen {
  std::string gateway_not_believed;
  std::string login_refused;
};

struct Kind {
  std::string name;    // "windows-11-registry-2"
  std::string policy;  // Of ours, that serves it.
  SignIn sign_in = SignIn::MsChapV2;
  std::vector<InitPart> init;
  std::vector<Bytes> vendor_ids;
  std::size_t nonce_size = 32;
  ike::Proposals ike;
  bool fakes_nat = false;  // It always wants UDP encapsulation.
  std::vector<AuthPart> auth;
  OwnIdentity id_i = OwnIdentity::Typed;
  std::size_t roots = 0;  // Key hashes in CERTREQ.
  std::vector<ike::wire::ConfigurationAttributeType> wishes;
  bool wishes_former_ipv6 = false;
  ike::Proposals esp;
  bool takes_ecdsa = true;  // A gateway's certificate.
  bool needs_eap_identity = false;
  bool needs_peap_binding = false;                    // What is inside must be bound to the TLS session (MS-PEAP).
  std::size_t fragment_above = 0, fragment_size = 0;  // Octets of an IKE message. 0: it has no RFC 7383.
  Screen screen = {};
  Habits habits;
};

const std::vector<Kind>& kinds();
const Kind* find_kind(std::string_view name);  // nullptr: there is none.

// One for each maker.
std::vector<Kind> windows_kinds();
std::vector<Kind> apple_kinds();
std::vector<Kind> android_kinds();

// Proposals in the words of ike::parse_ike_proposal and parse_esp_proposal, "des" besides; numbered from 1. Words must
// be right.
ike::Proposals ike_proposals(const std::vector<std::string_view>& words);
ike::Proposals esp_proposals(const std::vector<std::string_view>& words);

}  // namespace agilevpn::sim::stock
