#include "radius/dictionary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace agilevpn::radius {

namespace {

using enum ValueKind;

constexpr std::array dictionary = {
    DictionaryEntry{Type::UserName, "User-Name", Text},
    DictionaryEntry{Type::UserPassword, "User-Password", Hidden},
    DictionaryEntry{Type::ChapPassword, "CHAP-Password", Hidden},
    DictionaryEntry{Type::NasIpAddress, "NAS-IP-Address", Ipv4Address},
    DictionaryEntry{Type::NasPort, "NAS-Port", Integer},
    DictionaryEntry{Type::ServiceType, "Service-Type", Integer},
    DictionaryEntry{Type::FramedProtocol, "Framed-Protocol", Integer},
    DictionaryEntry{Type::FramedIpAddress, "Framed-IP-Address", Ipv4Address},
    DictionaryEntry{Type::FramedIpNetmask, "Framed-IP-Netmask", Ipv4Address},
    DictionaryEntry{Type::FilterId, "Filter-Id", Text},
    DictionaryEntry{Type::FramedMtu, "Framed-MTU", Integer},
    DictionaryEntry{Type::LoginIpHost, "Login-IP-Host", Ipv4Address},
    DictionaryEntry{Type::LoginService, "Login-Service", Integer},
    DictionaryEntry{Type::ReplyMessage, "Reply-Message", Text},
    DictionaryEntry{Type::FramedRoute, "Framed-Route", Text},
    DictionaryEntry{Type::State, "State", Octets},
    DictionaryEntry{Type::Class, "Class", Octets},
    DictionaryEntry{Type::VendorSpecific, "Vendor-Specific", Octets},
    DictionaryEntry{Type::SessionTimeout, "Session-Timeout", Integer},
    DictionaryEntry{Type::IdleTimeout, "Idle-Timeout", Integer},
    DictionaryEntry{Type::TerminationAction, "Termination-Action", Integer},
    DictionaryEntry{Type::CalledStationId, "Called-Station-Id", Text},
    DictionaryEntry{Type::CallingStationId, "Calling-Station-Id", Text},
    DictionaryEntry{Type::NasIdentifier, "NAS-Identifier", Text},
    DictionaryEntry{Type::ProxyState, "Proxy-State", Octets},
    DictionaryEntry{Type::AcctStatusType, "Acct-Status-Type", Integer},
    DictionaryEntry{Type::AcctDelayTime, "Acct-Delay-Time", Integer},
    DictionaryEntry{Type::AcctInputOctets, "Acct-Input-Octets", Integer},
    DictionaryEntry{Type::AcctOutputOctets, "Acct-Output-Octets", Integer},
    DictionaryEntry{Type::AcctSessionId, "Acct-Session-Id", Text},
    DictionaryEntry{Type::AcctAuthentic, "Acct-Authentic", Integer},
    DictionaryEntry{Type::AcctSessionTime, "Acct-Session-Time", Integer},
    DictionaryEntry{Type::AcctInputPackets, "Acct-Input-Packets", Integer},
    DictionaryEntry{Type::AcctOutputPackets, "Acct-Output-Packets", Integer},
    DictionaryEntry{Type::AcctTerminateCause, "Acct-Terminate-Cause", Integer},
    DictionaryEntry{Type::AcctMultiSessionId, "Acct-Multi-Session-Id", Text},
    DictionaryEntry{Type::AcctInputGigawords, "Acct-Input-Gigawords", Integer},
    DictionaryEntry{Type::AcctOutputGigawords, "Acct-Output-Gigawords", Integer},
    DictionaryEntry{Type::EventTimestamp, "Event-Timestamp", Time},
    DictionaryEntry{Type::ChapChallenge, "CHAP-Challenge", Octets},
    DictionaryEntry{Type::NasPortType, "NAS-Port-Type", Integer},
    DictionaryEntry{Type::TunnelType, "Tunnel-Type", Integer},
    DictionaryEntry{Type::TunnelMediumType, "Tunnel-Medium-Type", Integer},
    DictionaryEntry{Type::TunnelClientEndpoint, "Tunnel-Client-Endpoint", Text},
    DictionaryEntry{Type::TunnelServerEndpoint, "Tunnel-Server-Endpoint", Text},
    DictionaryEntry{Type::ConnectInfo, "Connect-Info", Text},
    DictionaryEntry{Type::EapMessage, "EAP-Message", Octets},
    DictionaryEntry{Type::MessageAuthenticator, "Message-Authenticator", Octets},
    DictionaryEntry{Type::AcctInterimInterval, "Acct-Interim-Interval", Integer},
    DictionaryEntry{Type::NasPortId, "NAS-Port-Id", Text},
    DictionaryEntry{Type::FramedPool, "Framed-Pool", Text},
    DictionaryEntry{Type::ChargeableUserIdentity, "Chargeable-User-Identity", Octets},
    DictionaryEntry{Type::NasIpv6Address, "NAS-IPv6-Address", Ipv6Address},
    DictionaryEntry{Type::FramedInterfaceId, "Framed-Interface-Id", InterfaceId},
    DictionaryEntry{Type::FramedIpv6Prefix, "Framed-IPv6-Prefix", Ipv6Prefix},
    DictionaryEntry{Type::FramedIpv6Route, "Framed-IPv6-Route", Text},
    DictionaryEntry{Type::FramedIpv6Pool, "Framed-IPv6-Pool", Text},
    DictionaryEntry{Type::ErrorCause, "Error-Cause", Integer},
    DictionaryEntry{Type::EapKeyName, "EAP-Key-Name", Octets},
    DictionaryEntry{Type::DelegatedIpv6Prefix, "Delegated-IPv6-Prefix", Ipv6Prefix},
    DictionaryEntry{Type::FramedIpv6Address, "Framed-IPv6-Address", Ipv6Address},
    DictionaryEntry{Type::DnsServerIpv6Address, "DNS-Server-IPv6-Address", Ipv6Address},
    DictionaryEntry{Type::RouteIpv6Information, "Route-IPv6-Information", Ipv6Prefix},
    DictionaryEntry{MicrosoftType::MppeEncryptionPolicy, "MS-MPPE-Encryption-Policy", Integer},
    DictionaryEntry{MicrosoftType::MppeEncryptionTypes, "MS-MPPE-Encryption-Types", Integer},
    DictionaryEntry{MicrosoftType::MppeSendKey, "MS-MPPE-Send-Key", Hidden},
    DictionaryEntry{MicrosoftType::MppeRecvKey, "MS-MPPE-Recv-Key", Hidden},
    DictionaryEntry{MicrosoftType::PrimaryDnsServer, "MS-Primary-DNS-Server", Ipv4Address},
    DictionaryEntry{MicrosoftType::SecondaryDnsServer, "MS-Secondary-DNS-Server", Ipv4Address},
};

bool is_valid_size(ValueKind kind, ByteView value) {
  switch (kind) {
    case Text:
    case Octets:
    case Hidden: return true;
    case Integer:
    case Time:
    case Ipv4Address: return value.size() == 4;
    case Ipv6Address: return value.size() == 16;
    case Ipv6Prefix: return ipv6_prefix_of(value).has_value();
    case InterfaceId: return value.size() == 8;
  }
  return false;
}

// Control characters and what is not ASCII come from outside and do not go to a terminal as they are.
std::string quoted(ByteView value) {
  std::string text = "\"";
  for (const std::byte one : value) {
    const auto octet = std::to_integer<unsigned char>(one);
    const bool is_plain = octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\';
    text += is_plain ? std::string(1, static_cast<char>(octet)) : fmt::format("\\x{:02x}", octet);
  }
  return text + '"';
}

std::string value_text(ValueKind kind, ByteView value) {
  if (!is_valid_size(kind, value)) return "0x" + to_hex(value) + " (of a size that cannot be)";
  switch (kind) {
    case Text: return quoted(value);
    case Hidden: return "(hidden)";
    case Integer:
    case Time: return std::to_string(*Reader{value}.u32("Value"));
    case Ipv4Address:
    case Ipv6Address: return IpAddress::from_bytes(value)->to_string();
    case Ipv6Prefix: return ipv6_prefix_of(value)->to_string();
    case Octets:
    case InterfaceId: return "0x" + to_hex(value);
  }
  return {};
}

}  // namespace

const DictionaryEntry* look_up(AttributeId id) {
  const auto found = std::ranges::find(dictionary, id, &DictionaryEntry::id);
  return found == dictionary.end() ? nullptr : &*found;
}

const Attribute* find_invalid_size(const Attributes& attributes) {
  const auto is_invalid = [](const Attribute& one) {
    const DictionaryEntry* const entry = look_up(one.id);
    return entry && !is_valid_size(entry->kind, one.value);
  };
  const auto found = std::ranges::find_if(attributes, is_invalid);
  return found == attributes.end() ? nullptr : &*found;
}

std::string name_of(AttributeId id) {
  if (const DictionaryEntry* const entry = look_up(id)) return std::string{entry->name};
  if (id.is_microsoft()) return fmt::format("MS-Attribute-{}", static_cast<unsigned>(id.microsoft_type));
  return fmt::format("Attribute-{}", static_cast<unsigned>(id.type));
}

std::string to_string(const Attribute& attribute) {
  const DictionaryEntry* const entry = look_up(attribute.id);
  return name_of(attribute.id) + " = " + value_text(entry ? entry->kind : Octets, attribute.value);
}

std::string to_string(const Packet& packet) {
  std::vector<std::string> parts;
  for (const Attribute& one : packet.attributes) parts.push_back(to_string(one));
  return fmt::format("{} {}: {}", to_string(packet.code), packet.identifier, fmt::join(parts, ", "));
}

std::string to_string(ErrorCause cause) {
  switch (cause) {
    case ErrorCause::ResidualSessionContextRemoved: return "Residual-Session-Context-Removed";
    case ErrorCause::InvalidEapPacket: return "Invalid-EAP-Packet";
    case ErrorCause::UnsupportedAttribute: return "Unsupported-Attribute";
    case ErrorCause::MissingAttribute: return "Missing-Attribute";
    case ErrorCause::NasIdentificationMismatch: return "NAS-Identification-Mismatch";
    case ErrorCause::InvalidRequest: return "Invalid-Request";
    case ErrorCause::UnsupportedService: return "Unsupported-Service";
    case ErrorCause::UnsupportedExtension: return "Unsupported-Extension";
    case ErrorCause::InvalidAttributeValue: return "Invalid-Attribute-Value";
    case ErrorCause::AdministrativelyProhibited: return "Administratively-Prohibited";
    case ErrorCause::SessionContextNotFound: return "Session-Context-Not-Found";
    case ErrorCause::SessionContextNotRemovable: return "Session-Context-Not-Removable";
    case ErrorCause::ResourcesUnavailable: return "Resources-Unavailable";
    case ErrorCause::MultipleSessionSelectionUnsupported: return "Multiple-Session-Selection-Unsupported";
  }
  return fmt::format("Error-Cause {}", static_cast<unsigned>(cause));
}

std::string to_string(AcctTerminateCause cause) {
  switch (cause) {
    case AcctTerminateCause::UserRequest: return "User-Request";
    case AcctTerminateCause::LostCarrier: return "Lost-Carrier";
    case AcctTerminateCause::LostService: return "Lost-Service";
    case AcctTerminateCause::IdleTimeout: return "Idle-Timeout";
    case AcctTerminateCause::SessionTimeout: return "Session-Timeout";
    case AcctTerminateCause::AdminReset: return "Admin-Reset";
    case AcctTerminateCause::AdminReboot: return "Admin-Reboot";
    case AcctTerminateCause::NasError: return "NAS-Error";
    case AcctTerminateCause::NasRequest: return "NAS-Request";
    case AcctTerminateCause::NasReboot: return "NAS-Reboot";
    case AcctTerminateCause::PortPreempted: return "Port-Preempted";
    case AcctTerminateCause::UserError: return "User-Error";
  }
  return fmt::format("Acct-Terminate-Cause {}", static_cast<unsigned>(cause));
}

}  // namespace agilevpn::radius
