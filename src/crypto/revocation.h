// Whether a certificate still counts: where its issuer says so, and how to read what it answers. CRLs (RFC 5280 §5) and
// OCSP (RFC 6960). Pure: URLs come out, octets come in; who fetches them is somebody else. Only for certificates whose
// chain is good: what a stranger's certificate names is not asked.
#pragma once

#include <string>
#include <vector>

#include "crypto/certificate.h"

namespace agilevpn::crypto {

// A certificate below the trust anchor, whose standing no fresh CRL that we have tells.
struct OpenStanding {
  Certificate certificate;
  Certificate issuer;
  std::vector<std::string> ocsp;  // http URLs of OCSP responders (RFC 5280 §4.2.2.1).
  std::vector<std::string> crls;  // http URLs of CRLs (§4.2.1.13).
};

// Those of a peer's chain, its own first. Empty if the chain leads to no anchor: the verifier says why.
std::vector<OpenStanding> open_standings(const std::vector<Certificate>& chain, const std::vector<Certificate>& anchors,
                                         const std::vector<Crl>& crls, WallTime now);

struct Standing {
  enum class Kind : std::uint8_t { Good, Revoked, Unknown };
  Kind kind = Kind::Unknown;
  std::string detail;     // "revoked on 2026-11-22", or why it is unknown; empty if good.
  WallTime good_until{};  // What is known counts until then.
};

// By a list that its issuer signed; good_until is the list's nextUpdate.
Standing standing_by_crl(const OpenStanding& open, const Crl& crl, WallTime now);

// `nonce` has 16 octets (RFC 8954: up to 32).
Bytes ocsp_request(const OpenStanding& open, ByteView nonce);
// By a responder's answer: signed by the issuer or by whom it delegated (RFC 6960 §4.2.2.2), about this certificate, of
// now. One without our nonce counts if it is fresh: many responders make their answers in advance (RFC 5019).
Standing standing_by_ocsp(const OpenStanding& open, ByteView response, ByteView nonce, WallTime now);

}  // namespace agilevpn::crypto
