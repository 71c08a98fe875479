// The bodies of payloads, each by its section of RFC 7296 §3: what message.cpp puts between the generic headers. A
// decode function reads its payload's own octets; what it leaves unread is an error of its caller's. Internal to this
// folder.
#pragma once

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {

// `next` is the generic header's Next Payload, which in SK and SKF names the first inner payload.
Decoded<PayloadBody> decode_body(PayloadType type, PayloadType next, Reader& in);
void encode_body(Writer& out, const PayloadBody& body);

Decoded<SaPayload> decode_sa(Reader& in);
Decoded<KePayload> decode_ke(Reader& in);
Decoded<IdPayload> decode_id(Reader& in);
Decoded<CertPayload> decode_cert(Reader& in);
Decoded<CertRequestPayload> decode_cert_request(Reader& in);
Decoded<AuthPayload> decode_auth(Reader& in);
Decoded<NoncePayload> decode_nonce(Reader& in);
Decoded<NotifyPayload> decode_notify(Reader& in);
Decoded<DeletePayload> decode_delete(Reader& in);
Decoded<TsPayload> decode_ts(Reader& in);
Decoded<EncryptedFragmentPayload> decode_fragment(PayloadType next, Reader& in);
Decoded<ConfigurationPayload> decode_configuration(Reader& in);

void encode(Writer& out, const SaPayload& sa);
void encode(Writer& out, const KePayload& ke);
void encode(Writer& out, const IdPayload& id);
void encode(Writer& out, const CertPayload& cert);
void encode(Writer& out, const CertRequestPayload& request);
void encode(Writer& out, const AuthPayload& auth);
void encode(Writer& out, const NoncePayload& nonce);
void encode(Writer& out, const NotifyPayload& notify);
void encode(Writer& out, const DeletePayload& del);
void encode(Writer& out, const VendorIdPayload& vendor);
void encode(Writer& out, const TsPayload& ts);
void encode(Writer& out, const EncryptedPayload& encrypted);
void encode(Writer& out, const EncryptedFragmentPayload& fragment);
void encode(Writer& out, const ConfigurationPayload& configuration);
void encode(Writer& out, const EapPayload& eap);
void encode(Writer& out, const UnknownPayload& unknown);

// Writes the size of everything from `start` on into the two octets at `at`.
void patch_length(Writer& out, std::size_t at, std::size_t start);

}  // namespace agilevpn::ike::wire
