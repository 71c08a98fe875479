// Identities between what IDi and IDr carry and what people write.
#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"
#include "ike/wire/describe.h"

namespace agilevpn::ike::wire {

namespace {

constexpr std::string_view key_id_prefix = "keyid:";
constexpr std::string_view hex_prefix = "0x";

std::string hex_text(ByteView data) { return std::string{hex_prefix} + to_hex(data); }

Identity key_id(std::string_view text) {
  if (text.starts_with(hex_prefix))
    if (auto octets = from_hex(text.substr(hex_prefix.size()))) return {IdType::KeyId, *std::move(octets)};
  return {IdType::KeyId, to_bytes(text)};
}

std::string address_text(ByteView data) {
  const auto address = IpAddress::from_bytes(data);
  return address ? address->to_string() : hex_text(data);
}

}  // namespace

std::string Identity::to_string() const {
  switch (type) {
    case IdType::Ipv4Addr:
    case IdType::Ipv6Addr: return address_text(data);
    case IdType::DerAsn1Dn: return crypto::CertificateName{crypto::CertificateName::Kind::Dn, data}.to_string();
    case IdType::KeyId: return std::string{key_id_prefix} + text_or_hex(data);
    case IdType::DerAsn1Gn: return hex_text(data);
    case IdType::Null: return "NULL";
    case IdType::Fqdn:
    case IdType::Rfc822Addr: break;
  }
  return text_or_hex(data);
}

Identity Identity::parse(std::string_view text) {
  if (const auto address = IpAddress::parse(text))
    return {address->is_v4() ? IdType::Ipv4Addr : IdType::Ipv6Addr, to_bytes(address->bytes())};
  if (text.starts_with(key_id_prefix)) return key_id(text.substr(key_id_prefix.size()));
  if (text.find('=') != std::string_view::npos)
    if (const auto name = crypto::parse_name(text)) return {IdType::DerAsn1Dn, crypto::to_der(name->get())};
  const bool has_at = text.find('@') != std::string_view::npos;
  return {has_at ? IdType::Rfc822Addr : IdType::Fqdn, to_bytes(text)};
}

}  // namespace agilevpn::ike::wire
