#include "ike/wire/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/codec.h"
#include "ike/wire/microsoft_status.h"
#include "ike/wire/ticket.h"

namespace agilevpn::ike::wire {

namespace {

std::string describe_proposals(const SaPayload& sa) {
  std::string text;
  for (const Proposal& proposal : sa.proposals) {
    text += fmt::format("{}#{} {}", text.empty() ? "" : "; ", proposal.number, to_string(proposal.protocol));
    if (!proposal.spi.empty()) text += " SPI " + to_hex(proposal.spi);
    text += ": " + proposal.to_string();
  }
  return text;
}

std::string describe_hashes(ByteView data) {
  std::vector<std::string> names;
  Reader in{data};
  while (in.remaining() >= 2) names.push_back(crypto::to_string(crypto::HashId{*in.u16("Hash Algorithm")}));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string describe_notify(const NotifyPayload& notify) {
  std::string text = to_string(notify.type);
  if (!notify.spi.empty()) text += fmt::format(" for {} SPI {}", to_string(notify.protocol), to_hex(notify.spi));
  if (notify.data.empty()) return text;
  switch (notify.type) {
    case NotifyType::SignatureHashAlgorithms: return text + ": " + describe_hashes(notify.data);
    case NotifyType::InvalidKePayload:
      if (notify.data.size() == 2)
        return text + ": use " + crypto::to_string(crypto::KeyExchangeId{*Reader{notify.data}.u16("")});
      break;
    case NotifyType::AdditionalIp4Address:
    case NotifyType::AdditionalIp6Address:
      if (const auto address = IpAddress::from_bytes(notify.data)) return text + ": " + address->to_string();
      break;
    case NotifyType::TicketLtOpaque:
      if (const auto given = given_ticket_of(notify))
        return fmt::format("{}: a ticket of {} octets for {} s", text, given->opaque.size(), given->lifetime.count());
      break;
    case NotifyType::TicketOpaque: return fmt::format("{}: a ticket of {} octets", text, notify.data.size());
    case NotifyType::MicrosoftStatus:
      if (const auto error = microsoft_status_of(notify)) return text + ": " + describe_win32_error(*error);
      break;
    default: break;
  }
  return text + ": " + to_hex(notify.data);
}

std::string describe_attribute(const ConfigurationAttribute& attribute) {
  const std::string name = to_string(attribute.type);
  return attribute.value.empty() ? name : name + " " + describe_value(attribute);
}

std::string describe_configuration(const ConfigurationPayload& configuration) {
  std::vector<std::string> attributes;
  for (const ConfigurationAttribute& attribute : configuration.attributes)
    attributes.push_back(describe_attribute(attribute));
  return fmt::format("{}: {}", to_string(configuration.type), fmt::join(attributes, ", "));
}

std::string describe_delete(const DeletePayload& removed) {
  std::vector<std::string> spis;
  for (const EspSpi spi : removed.spis) spis.push_back(spi.to_string());
  return fmt::format("{} {}", to_string(removed.protocol), fmt::join(spis, ", "));
}

struct Describer {
  std::string operator()(const SaPayload& sa) const { return describe_proposals(sa); }
  std::string operator()(const KePayload& ke) const {
    return fmt::format("{}, {} octets", crypto::to_string(ke.method), ke.data.size());
  }
  std::string operator()(const IdPayload& id) const {
    return fmt::format("{} {}", to_string(id.identity.type), id.identity.to_string());
  }
  std::string operator()(const CertPayload& cert) const {
    return fmt::format("{}, {} octets", to_string(cert.encoding), cert.data.size());
  }
  std::string operator()(const CertRequestPayload& request) const {
    return fmt::format("{}, {} authorities", to_string(request.encoding), request.authorities.size() / 20);
  }
  std::string operator()(const AuthPayload& auth) const {
    return fmt::format("{}, {} octets", to_string(auth.method), auth.data.size());
  }
  std::string operator()(const NoncePayload& nonce) const { return fmt::format("{} octets", nonce.nonce.size()); }
  std::string operator()(const NotifyPayload& notify) const { return describe_notify(notify); }
  std::string operator()(const DeletePayload& removed) const { return describe_delete(removed); }
  std::string operator()(const VendorIdPayload& vendor) const { return to_hex(vendor.id); }
  std::string operator()(const TsPayload& ts) const { return agilevpn::to_string(ts.selectors); }
  std::string operator()(const EncryptedPayload& sk) const { return fmt::format("{} octets", sk.body.size()); }
  std::string operator()(const EncryptedFragmentPayload& skf) const {
    return fmt::format("fragment {} of {}, {} octets", skf.number, skf.total, skf.body.size());
  }
  std::string operator()(const ConfigurationPayload& configuration) const {
    return describe_configuration(configuration);
  }
  std::string operator()(const EapPayload& eap) const { return fmt::format("{} octets", eap.message.size()); }
  std::string operator()(const UnknownPayload& unknown) const { return fmt::format("{} octets", unknown.data.size()); }
};

}  // namespace

std::string text_or_hex(ByteView octets) {
  const auto is_plain = [](std::byte b) { return b >= std::byte{0x20} && b < std::byte{0x7f}; };
  return !octets.empty() && std::ranges::all_of(octets, is_plain) ? agilevpn::to_text(octets) : "0x" + to_hex(octets);
}

std::string describe_value(const ConfigurationAttribute& attribute) {
  const ByteView value = attribute.value;
  if (attribute.type == ConfigurationAttributeType::InternalDnsDomain ||
      attribute.type == ConfigurationAttributeType::ApplicationVersion)
    return text_or_hex(value);
  if (const auto address = IpAddress::from_bytes(value)) return address->to_string();
  if (value.size() == 17)
    return fmt::format("{}/{}", IpAddress::from_bytes(value.first(16))->to_string(), std::to_integer<int>(value[16]));
  if (value.size() == 8)
    return fmt::format("{}/{}", IpAddress::from_bytes(value.first(4))->to_string(),
                       IpAddress::from_bytes(value.last(4))->to_string());
  return to_hex(value);
}

std::string summarize(const Payloads& payloads) {
  std::string text;
  for (const Payload& payload : payloads) {
    if (!text.empty()) text += ' ';
    const auto* notify = std::get_if<NotifyPayload>(&payload.body);
    text += notify ? "N(" + to_string(notify->type) + ")" : to_string(payload.type);
  }
  return text;
}

std::string describe(const Payload& payload) {
  return to_string(payload.type) + " " + std::visit(Describer{}, payload.body);
}

std::vector<std::string> describe(const Payloads& payloads) {
  std::vector<std::string> lines;
  for (const Payload& payload : payloads) lines.push_back(describe(payload));
  return lines;
}

}  // namespace agilevpn::ike::wire
