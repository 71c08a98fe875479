// Which algorithms we offer and accept: named policies, so that nobody must type lists, and exact proposals for who wants
// to (`typed_proposal.h`). A policy's order is our preference; a responder chooses by its own order over the whole offer.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

struct Policy {
  std::string name;                 // "modern", or the typed proposals.
  std::vector<wire::Proposal> ike;  // Without SPIs, most wanted first.
  std::vector<wire::Proposal> esp;  // Without key exchange: PFS takes the IKE SA's method at rekeys.
  bool sha1_signatures = false;     // AUTH method 1, RSA, with SHA-1: all that a peer without RFC 7427 may know.

  friend bool operator==(const Policy&, const Policy&) = default;
};

// "modern": AES-GCM-16 and ChaCha20-Poly1305, HMAC-SHA2 PRFs, X25519, P-256 and P-384; then AES-CBC with HMAC-SHA2 and
// MODP-2048 and up for peers without AEADs. Where OpenSSL has ML-KEM, first of all AEADs with it as an additional key exchange,
// in a proposal of its own, which a peer that does not know RFC 9370 passes over.
Policy modern_policy();
// "compatible": as modern, and for peers that know nothing better SHA-1 in RSA signatures, and AES-CBC-256 with HMAC-SHA1-96
// for ESP: all that Windows has before it is told otherwise. As PRFs also AES-XCBC and HMAC-SHA1, for Android 11.
Policy compatible_policy();
// "legacy-windows": as compatible, and what Windows 7 and an untouched Windows 10 or 11 offers: MODP-1024, HMAC-SHA1, 3DES.
Policy legacy_windows_policy();

// By name. The error lists the names there are.
Result<Policy, Error> find_policy(std::string_view name);

// What it takes that should not protect anything any more, a sentence each.
std::vector<std::string> weaknesses(const Policy& policy);

}  // namespace agilevpn::ike
