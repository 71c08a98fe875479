#include "sim/stock/message.h"

#include <algorithm>

#include "base/codec.h"
#include "crypto/hash.h"
#include "ike/nat_detection.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using wire::NotifyType;
using Attribute = wire::ConfigurationAttributeType;

namespace {

constexpr std::size_t hash_size = 20;  // SHA-1

// The hashes that signatures may have: all of SHA-2, and SHA-1.
Bytes signature_hash_ids() { return "0001000200030004"_hex; }

// Who always wants UDP encapsulation says that it is somewhere else.
Bytes source_hash(const Kind& kind, const InitInputs& inputs) {
  if (kind.fakes_nat) return Bytes(hash_size, std::byte{0});
  return ike::nat_detection_hash(inputs.spi_i, inputs.spi_r, inputs.path.local);
}

void add_part(wire::Payloads& to, InitPart part, const Kind& kind, const InitInputs& inputs) {
  switch (part) {
    case InitPart::Sa: to.push_back(wire::payload(wire::SaPayload{kind.ike})); break;
    case InitPart::Ke:
      to.push_back(
          wire::payload(wire::KePayload{inputs.key_exchange.method(), to_bytes(inputs.key_exchange.public_value())}));
      break;
    case InitPart::Nonce: to.push_back(wire::payload(wire::NoncePayload{inputs.nonce})); break;
    case InitPart::Fragmentation: to.push_back(wire::notify(NotifyType::Ikev2FragmentationSupported)); break;
    case InitPart::Redirect: to.push_back(wire::notify(NotifyType::RedirectSupported)); break;
    case InitPart::NatSource:
      to.push_back(wire::notify(NotifyType::NatDetectionSourceIp, source_hash(kind, inputs)));
      break;
    case InitPart::NatDestination:
      to.push_back(wire::notify(NotifyType::NatDetectionDestinationIp,
                                ike::nat_detection_hash(inputs.spi_i, inputs.spi_r, inputs.path.peer)));
      break;
    case InitPart::SignatureHashes:
      to.push_back(wire::notify(NotifyType::SignatureHashAlgorithms, signature_hash_ids()));
      break;
    case InitPart::Intermediate: to.push_back(wire::notify(NotifyType::IntermediateExchangeSupported)); break;
    case InitPart::VendorIds:
      for (const Bytes& id : kind.vendor_ids) to.push_back(wire::payload(wire::VendorIdPayload{id}));
      break;
  }
}

// One CA that the gateway has, somewhere among the roots that a system trusts.
wire::Payload certificate_request(std::size_t roots, ByteView known) {
  Bytes hashes;
  for (std::size_t i = 0; i < roots; ++i) {
    const Bytes number = Writer{}.u64(i).take();
    append(hashes, i == roots / 2 ? known : ByteView{crypto::hash(crypto::HashId::Sha1, {number})});
  }
  return wire::payload(wire::CertRequestPayload{wire::CertificateEncoding::X509Signature, std::move(hashes)});
}

wire::Payload configuration(const Kind& kind, const std::optional<ike::Lease>& former) {
  wire::ConfigurationPayload request{wire::ConfigurationType::Request, {}};
  for (const Attribute wish : kind.wishes) {
    Bytes value;
    if (wish == Attribute::InternalIp6Address && kind.wishes_former_ipv6 && former && former->ipv6)
      value = Writer{}.bytes(former->ipv6->address.bytes()).u8(former->ipv6->length).take();
    request.attributes.push_back({wish, std::move(value)});
  }
  return wire::payload(std::move(request));
}

void add_part(wire::Payloads& to, AuthPart part, const Kind& kind, const AuthInputs& inputs) {
  switch (part) {
    case AuthPart::IdI: to.push_back(wire::id_i(inputs.id_i)); break;
    case AuthPart::IdR: to.push_back(wire::id_r(inputs.id_r)); break;
    case AuthPart::Certificate:
      for (const Bytes& der : inputs.certificates)
        to.push_back(wire::payload(wire::CertPayload{wire::CertificateEncoding::X509Signature, der}));
      break;
    case AuthPart::CertificateRequest: to.push_back(certificate_request(kind.roots, inputs.known_authority)); break;
    case AuthPart::Authentication:
      if (inputs.auth) to.push_back(wire::payload(*inputs.auth));
      break;
    case AuthPart::InitialContact: to.push_back(wire::notify(NotifyType::InitialContact)); break;
    case AuthPart::Mobike: to.push_back(wire::notify(NotifyType::MobikeSupported)); break;
    case AuthPart::Configuration: to.push_back(configuration(kind, inputs.former)); break;
    case AuthPart::Sa:
      to.push_back(wire::payload(wire::SaPayload{ike::offer(kind.esp, Writer{}.u32(inputs.spi.value).take())}));
      break;
    case AuthPart::TsI: to.push_back(wire::ts_i(everything())); break;
    case AuthPart::TsR: to.push_back(wire::ts_r(everything())); break;
    case AuthPart::NoAdditionalAddresses: to.push_back(wire::notify(NotifyType::NoAdditionalAddresses)); break;
    case AuthPart::MultipleAuth: to.push_back(wire::notify(NotifyType::MultipleAuthSupported)); break;
    case AuthPart::EapOnly: to.push_back(wire::notify(NotifyType::EapOnlyAuthentication)); break;
    case AuthPart::MessageIdSync: to.push_back(wire::notify(NotifyType::Ikev2MessageIdSyncSupported)); break;
    case AuthPart::TfcPadding: to.push_back(wire::notify(NotifyType::EspTfcPaddingNotSupported)); break;
    case AuthPart::NonFirstFragments: to.push_back(wire::notify(NotifyType::NonFirstFragmentsAlso)); break;
  }
}

}  // namespace

wire::Message init_request(const Kind& kind, const InitInputs& inputs) {
  wire::Message message{
      .header = {.spi_i = inputs.spi_i, .exchange = wire::ExchangeType::IkeSaInit, .is_from_original_initiator = true},
      .payloads = {}};
  if (!inputs.cookie.empty()) message.payloads.push_back(wire::notify(NotifyType::Cookie, inputs.cookie));
  for (const InitPart part : kind.init) add_part(message.payloads, part, kind, inputs);
  return message;
}

wire::Message init_response(const Kind& kind, const InitInputs& inputs, wire::Proposal chosen) {
  wire::Message message{.header = {.spi_i = inputs.spi_i,
                                   .spi_r = inputs.spi_r,
                                   .exchange = wire::ExchangeType::IkeSaInit,
                                   .is_response = true},
                        .payloads = {wire::payload(wire::SaPayload{{std::move(chosen)}})}};
  for (const InitPart part : kind.init)
    if (part != InitPart::Sa) add_part(message.payloads, part, kind, inputs);
  return message;
}

wire::Payloads auth_request(const Kind& kind, const AuthInputs& inputs) {
  wire::Payloads payloads;
  for (const AuthPart part : kind.auth) add_part(payloads, part, kind, inputs);
  return payloads;
}

TrafficSelectors everything() {
  return {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)};
}

}  // namespace agilevpn::sim::stock
