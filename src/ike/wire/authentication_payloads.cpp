// What proves who somebody is: KE, ID, CERT, CERTREQ, AUTH, Nonce and EAP (RFC 7296 §3.4 to §3.9, §3.16).
#include "ike/wire/limits.h"
#include "ike/wire/payload_codec.h"

namespace agilevpn::ike::wire {

namespace {

using Kind = DecodeError::Kind;

constexpr std::size_t reserved_size = 3;  // After the type in ID (§3.5) and the method in AUTH (§3.8).

bool is_id_size(IdType type, std::size_t size) {
  if (type == IdType::Ipv4Addr) return size == 4;
  if (type == IdType::Ipv6Addr) return size == 16;
  return true;
}

}  // namespace

Decoded<KePayload> decode_ke(Reader& in) {  // §3.4
  TRY_ASSIGN(const auto method, in.u16("Diffie-Hellman Group Num"));
  TRY(in.u16("RESERVED"));
  return KePayload{crypto::KeyExchangeId{method}, to_bytes(in.rest())};
}

void encode(Writer& out, const KePayload& ke) { out.u16(static_cast<std::uint16_t>(ke.method)).u16(0).bytes(ke.data); }

Decoded<IdPayload> decode_id(Reader& in) {  // §3.5
  TRY_ASSIGN(const auto type, in.u8("ID Type"));
  TRY(in.take(reserved_size, "RESERVED"));
  if (!is_id_size(IdType{type}, in.remaining()) || in.remaining() > limits::identity_max)
    return in.fail(Kind::BadLength, "Identification Data");
  return IdPayload{Identity{IdType{type}, to_bytes(in.rest())}};
}

void encode(Writer& out, const IdPayload& id) {
  out.u8(static_cast<std::uint8_t>(id.identity.type)).zeros(reserved_size).bytes(id.identity.data);
}

Decoded<CertPayload> decode_cert(Reader& in) {  // §3.6
  TRY_ASSIGN(const auto encoding, in.u8("Cert Encoding"));
  return CertPayload{CertificateEncoding{encoding}, to_bytes(in.rest())};
}

void encode(Writer& out, const CertPayload& cert) { out.u8(static_cast<std::uint8_t>(cert.encoding)).bytes(cert.data); }

Decoded<CertRequestPayload> decode_cert_request(Reader& in) {  // §3.7
  TRY_ASSIGN(const auto encoding, in.u8("Cert Encoding"));
  return CertRequestPayload{CertificateEncoding{encoding}, to_bytes(in.rest())};
}

void encode(Writer& out, const CertRequestPayload& request) {
  out.u8(static_cast<std::uint8_t>(request.encoding)).bytes(request.authorities);
}

Decoded<AuthPayload> decode_auth(Reader& in) {  // §3.8
  TRY_ASSIGN(const auto method, in.u8("Auth Method"));
  TRY(in.take(reserved_size, "RESERVED"));
  return AuthPayload{AuthMethod{method}, to_bytes(in.rest())};
}

void encode(Writer& out, const AuthPayload& auth) {
  out.u8(static_cast<std::uint8_t>(auth.method)).zeros(reserved_size).bytes(auth.data);
}

Decoded<NoncePayload> decode_nonce(Reader& in) {  // §3.9
  if (in.remaining() < limits::nonce_min || in.remaining() > limits::nonce_max)
    return in.fail(Kind::BadLength, "Nonce Data");
  return NoncePayload{to_bytes(in.rest())};
}

void encode(Writer& out, const NoncePayload& nonce) { out.bytes(nonce.nonce); }

void encode(Writer& out, const EapPayload& eap) { out.bytes(eap.message); }

}  // namespace agilevpn::ike::wire
