// Finding payloads in a message and making them.
#include "ike/wire/message.h"

namespace agilevpn::ike::wire {

namespace {

template <class Body>
Payload made(PayloadType type, Body body) {
  return Payload{type, false, std::move(body)};
}

}  // namespace

const NotifyPayload* find_notify(const Payloads& payloads, NotifyType type) {
  for (const Payload& payload : payloads) {
    const auto* notify = std::get_if<NotifyPayload>(&payload.body);
    if (notify && notify->type == type) return notify;
  }
  return nullptr;
}

const NotifyPayload* find_error(const Payloads& payloads) {
  for (const Payload& payload : payloads) {
    const auto* notify = std::get_if<NotifyPayload>(&payload.body);
    if (notify && is_error(notify->type)) return notify;
  }
  return nullptr;
}

std::optional<PayloadType> unsupported_critical(const Payloads& payloads) {
  for (const Payload& payload : payloads)
    if (payload.is_critical && std::holds_alternative<UnknownPayload>(payload.body)) return payload.type;
  return std::nullopt;
}

Payload payload(SaPayload body) { return made(PayloadType::SecurityAssociation, std::move(body)); }
Payload payload(KePayload body) { return made(PayloadType::KeyExchange, std::move(body)); }
Payload payload(CertPayload body) { return made(PayloadType::Certificate, std::move(body)); }
Payload payload(CertRequestPayload body) { return made(PayloadType::CertificateRequest, std::move(body)); }
Payload payload(AuthPayload body) { return made(PayloadType::Authentication, std::move(body)); }
Payload payload(NoncePayload body) { return made(PayloadType::Nonce, std::move(body)); }
Payload payload(NotifyPayload body) { return made(PayloadType::Notify, std::move(body)); }
Payload payload(DeletePayload body) { return made(PayloadType::Delete, std::move(body)); }
Payload payload(VendorIdPayload body) { return made(PayloadType::VendorId, std::move(body)); }
Payload payload(ConfigurationPayload body) { return made(PayloadType::Configuration, std::move(body)); }
Payload payload(EapPayload body) { return made(PayloadType::ExtensibleAuthentication, std::move(body)); }

Payload id_i(Identity identity) { return made(PayloadType::IdentificationInitiator, IdPayload{std::move(identity)}); }
Payload id_r(Identity identity) { return made(PayloadType::IdentificationResponder, IdPayload{std::move(identity)}); }
Payload ts_i(TrafficSelectors selectors) {
  return made(PayloadType::TrafficSelectorInitiator, TsPayload{std::move(selectors)});
}
Payload ts_r(TrafficSelectors selectors) {
  return made(PayloadType::TrafficSelectorResponder, TsPayload{std::move(selectors)});
}

Payload notify(NotifyType type, Bytes data) {
  return payload(NotifyPayload{.protocol = ProtocolId::None, .spi = {}, .type = type, .data = std::move(data)});
}

}  // namespace agilevpn::ike::wire
