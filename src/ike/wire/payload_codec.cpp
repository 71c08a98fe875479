#include "ike/wire/payload_codec.h"

#include "base/check.h"

namespace agilevpn::ike::wire {

Decoded<PayloadBody> decode_body(PayloadType type, PayloadType next, Reader& in) {
  switch (type) {
    case PayloadType::SecurityAssociation: return decode_sa(in);
    case PayloadType::KeyExchange: return decode_ke(in);
    case PayloadType::IdentificationInitiator:
    case PayloadType::IdentificationResponder: return decode_id(in);
    case PayloadType::Certificate: return decode_cert(in);
    case PayloadType::CertificateRequest: return decode_cert_request(in);
    case PayloadType::Authentication: return decode_auth(in);
    case PayloadType::Nonce: return decode_nonce(in);
    case PayloadType::Notify: return decode_notify(in);
    case PayloadType::Delete: return decode_delete(in);
    case PayloadType::VendorId: return VendorIdPayload{to_bytes(in.rest())};
    case PayloadType::TrafficSelectorInitiator:
    case PayloadType::TrafficSelectorResponder: return decode_ts(in);
    case PayloadType::Encrypted: return EncryptedPayload{next, to_bytes(in.rest())};
    case PayloadType::Configuration: return decode_configuration(in);
    case PayloadType::ExtensibleAuthentication: return EapPayload{to_bytes(in.rest())};
    case PayloadType::EncryptedFragment: return decode_fragment(next, in);
    case PayloadType::None: break;
  }
  return UnknownPayload{to_bytes(in.rest())};
}

void encode_body(Writer& out, const PayloadBody& body) {
  std::visit([&](const auto& typed) { encode(out, typed); }, body);
}

void patch_length(Writer& out, std::size_t at, std::size_t start) {
  const std::size_t size = out.size() - start;
  CHECK(size <= 0xffff);
  out.patch_u16(at, static_cast<std::uint16_t>(size));
}

}  // namespace agilevpn::ike::wire
