// What proves who somebody is: CERT, AUTH, EAP; and V, which tells what software it is.
#include <array>

#include "cli/decode/payload_json.h"
#include "crypto/certificate.h"
#include "ike/wire/describe.h"

namespace agilevpn::cli::decode {

using namespace ike::wire;

namespace {

struct Named {
  std::string_view octets;  // Hex; what the vendor id begins with.
  std::string_view name;
};

// [MS-IKEE] 1.7 and note 6; strongSwan's own. A vendor id may go on after them with a version.
constexpr std::array vendors{
    Named{"1e2b516905991c7d7c96fcbfb587e461", "MS NT5 ISAKMPOAKLEY"},
    Named{"fb1de3cdf341b7ea16b7e5be0855f120", "MS-Negotiation Discovery Capable"},
    Named{"26244d38eddb61b3172a36e3d0cfb819", "Vid-Initial-Contact"},
    Named{"01528bbbc00696121849ab9a1c5b2a51", "KEY_MODS"},
    Named{"882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan"},
};

std::string_view eap_code_name(std::uint8_t code) {  // RFC 3748 §4
  constexpr std::array<std::string_view, 5> names{"", "Request", "Response", "Success", "Failure"};
  return code < names.size() && code > 0 ? names[code] : "unknown code";
}

constexpr std::uint8_t eap_identity = 1;

std::string eap_type_name(std::uint8_t type) {  // IANA "Method Types"
  switch (type) {
    case eap_identity: return "Identity";
    case 2: return "Notification";
    case 3: return "Nak";
    case 4: return "MD5-Challenge";
    case 6: return "GTC";
    case 13: return "TLS";
    case 18: return "SIM";
    case 21: return "TTLS";
    case 23: return "AKA";
    case 25: return "PEAP";
    case 26: return "MSCHAPv2";
    case 50: return "AKA'";
    case 254: return "Expanded";
    default: return "type " + std::to_string(type);
  }
}

// RFC 7427 §3: the AlgorithmIdentifier's length and the AlgorithmIdentifier stand before the signature.
std::optional<crypto::SignatureScheme> scheme_of(const AuthPayload& auth) {
  if (auth.method != AuthMethod::DigitalSignature) return std::nullopt;
  Reader in{auth.data};
  const auto length = in.u8("ASN.1 Length");
  const auto identifier = length ? in.take(*length, "AlgorithmIdentifier") : Decoded<ByteView>{};
  return identifier ? crypto::scheme_of(*identifier) : std::nullopt;
}

// RFC 3748 §4: code, identifier, length and, in requests and responses, a type and its data.
Decoded<void> describe_eap(Json& out, Reader in) {
  TRY_ASSIGN(const auto code, in.u8("Code"));
  out["name"] = eap_code_name(code);
  TRY_ASSIGN(out["identifier"], in.u8("Identifier"));
  TRY_ASSIGN(out["length"], in.u16("Length"));
  if (in.at_end()) return {};
  TRY_ASSIGN(const auto type, in.u8("Type"));
  out["method"] = eap_type_name(type);
  out["method_code"] = type;
  const ByteView data = in.rest();
  if (!data.empty()) out["data"] = type == eap_identity ? text_or_hex(data) : to_hex(data);
  return {};
}

}  // namespace

void describe(Json& out, const CertPayload& cert) {
  out["name"] = to_string(cert.encoding);
  out["encoding_code"] = static_cast<unsigned>(cert.encoding);
  const auto certificate = crypto::Certificate::from_der(cert.data);
  if (cert.encoding == CertificateEncoding::X509Signature && certificate) {
    out["subject"] = certificate->subject();
    out["issuer"] = certificate->issuer();
    out["serial"] = certificate->serial();
  }
  out["data"] = to_hex(cert.data);
}

void describe(Json& out, const AuthPayload& auth) {
  out["name"] = to_string(auth.method);
  out["method_code"] = static_cast<unsigned>(auth.method);
  if (const auto scheme = scheme_of(auth)) out["scheme"] = crypto::to_string(*scheme);
  out["data"] = to_hex(auth.data);
}

void describe(Json& out, const EapPayload& eap) {
  if (!describe_eap(out, Reader{eap.message})) out["error"] = "the EAP packet ends too early";
}

void describe(Json& out, const VendorIdPayload& vendor) {
  const std::string hex = to_hex(vendor.id);
  const auto known = std::ranges::find_if(vendors, [&](const Named& each) { return hex.starts_with(each.octets); });
  if (known != vendors.end())
    out["name"] = known->name;
  else if (const std::string text = text_or_hex(vendor.id); !text.ends_with(hex))
    out["name"] = text;
  out["data"] = hex;
}

}  // namespace agilevpn::cli::decode
