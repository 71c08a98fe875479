// The AVPs that EAP-TTLS carries inside its TLS session (RFC 5281 §10): RADIUS attributes in Diameter's form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/codec.h"

namespace agilevpn::eap {

// How a user proves itself inside.
enum class TtlsInside : std::uint8_t { Pap, MsChapV2, Eap };

}  // namespace agilevpn::eap

namespace agilevpn::eap::ttls {

inline constexpr std::uint32_t microsoft = 311;  // Vendor-ID (RFC 2548)

enum class AvpCode : std::uint32_t {
  UserName = 1,
  UserPassword = 2,
  ReplyMessage = 18,
  EapMessage = 79,
  // Of `microsoft`:
  MsChapError = 2,
  MsChapChallenge = 11,
  MsChap2Response = 25,
  MsChap2Success = 26,
};

struct Avp {
  std::uint32_t code = 0;
  std::uint32_t vendor = 0;  // 0: the IETF's.
  bool is_mandatory = false;
  ByteView data;
};

Decoded<std::vector<Avp>> decode(ByteView octets);
// Mandatory, and padded to four octets.
void encode(Writer& out, AvpCode code, ByteView data, std::uint32_t vendor = 0);
// The data of the first such AVP.
std::optional<ByteView> find(const std::vector<Avp>& avps, AvpCode code, std::uint32_t vendor = 0);
// All EAP-Message AVPs, joined.
Bytes eap_message(const std::vector<Avp>& avps);
// A mandatory AVP that nobody here knows: "the TTLS server MUST reject" what has one (§10.1). Nothing: there is none.
std::optional<std::string> unknown_mandatory(const std::vector<Avp>& avps);

}  // namespace agilevpn::eap::ttls
