#include "ike/configuration.h"

#include <algorithm>
#include <bit>
#include <cctype>

#include "base/codec.h"

namespace agilevpn::ike {

namespace {

using Type = wire::ConfigurationAttributeType;

Bytes with_prefix_length(const IpPrefix& prefix) {
  return Writer{}.bytes(prefix.address.bytes()).u8(prefix.length).take();
}

std::optional<IpPrefix> read_ipv6_prefix(ByteView value) {
  if (value.size() != 17 || std::to_integer<unsigned>(value[16]) > 128) return std::nullopt;
  return IpPrefix{*IpAddress::from_bytes(value.first(16)), std::to_integer<std::uint8_t>(value[16])};
}

// INTERNAL_IP4_SUBNET: address and netmask (§3.15.1).
Bytes with_netmask(const IpPrefix& prefix) {
  const std::uint32_t mask = prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length);
  return Writer{}.bytes(prefix.address.bytes()).u32(mask).take();
}

std::optional<IpPrefix> read_ipv4_subnet(ByteView value) {
  if (value.size() != 8) return std::nullopt;
  const std::uint32_t mask = *Reader{value.subspan(4)}.u32("Netmask");
  const auto length = static_cast<std::uint8_t>(std::countl_one(mask));
  if (std::popcount(mask) != length) return std::nullopt;  // It has holes.
  return IpPrefix{*IpAddress::from_bytes(value.first(4)), length};
}

// A name of letters, digits, hyphens, underscores and dots: it goes into the resolver's configuration.
bool is_domain(std::string_view name) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  };
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  return !name.empty() && name.size() <= 253 && !is_edge(name.front()) && std::ranges::all_of(name, is_part);
}

void read_attribute(Lease& lease, const wire::ConfigurationAttribute& attribute) {
  const ByteView value = attribute.value;
  const auto address = IpAddress::from_bytes(value);
  switch (attribute.type) {
    case Type::InternalIp4Address:
      if (address && address->is_v4()) lease.ipv4 = address;
      break;
    case Type::InternalIp6Address:
      if (const auto prefix = read_ipv6_prefix(value)) lease.ipv6 = prefix;
      break;
    case Type::InternalIp4Dns:
    case Type::InternalIp6Dns:
      if (address) lease.dns.push_back(*address);
      break;
    case Type::InternalIp4Nbns:
      if (address && address->is_v4()) lease.nbns.push_back(*address);
      break;
    case Type::InternalIp4Server:
    case Type::InternalIp6Server:
      if (address) lease.servers.push_back(*address);
      break;
    case Type::InternalIp4Subnet:
      if (const auto subnet = read_ipv4_subnet(value)) lease.subnets.push_back(*subnet);
      break;
    case Type::InternalIp6Subnet:
      if (const auto subnet = read_ipv6_prefix(value)) lease.subnets.push_back(*subnet);
      break;
    case Type::InternalDnsDomain:
      if (const std::string name = to_text(value); is_domain(name)) lease.domains.push_back(name);
      break;
    default: break;
  }
}

}  // namespace

wire::ConfigurationPayload configuration_request(bool wants_ipv4, bool wants_ipv6, const std::optional<Lease>& former,
                                                 PeerKind gateway) {
  wire::ConfigurationPayload request{wire::ConfigurationType::Request, {}};
  const auto add = [&](Type type, Bytes value = {}) { request.attributes.push_back({type, std::move(value)}); };
  if (wants_ipv4) add(Type::InternalIp4Address, former && former->ipv4 ? to_bytes(former->ipv4->bytes()) : Bytes{});
  if (wants_ipv6) add(Type::InternalIp6Address, former && former->ipv6 ? with_prefix_length(*former->ipv6) : Bytes{});
  if (wants_ipv4) add(Type::InternalIp4Dns);
  if (wants_ipv6) add(Type::InternalIp6Dns);
  if (wants_ipv4) add(Type::InternalIp4Subnet);
  if (wants_ipv6) add(Type::InternalIp6Subnet);
  add(Type::InternalDnsDomain);
  if (gateway == PeerKind::WindowsServer && wants_ipv4) {
    add(Type::InternalIp4Nbns);
    add(Type::InternalIp4Server);
  }
  if (gateway == PeerKind::WindowsServer && wants_ipv6) add(Type::InternalIp6Server);
  return request;
}

AssignAddresses read_configuration_request(IkeSaId ike_sa, const wire::Identity& peer,
                                           const wire::ConfigurationPayload& request) {
  AssignAddresses question{.ike_sa = ike_sa, .peer = peer};
  for (const wire::ConfigurationAttribute& attribute : request.attributes) {
    if (attribute.type == Type::InternalIp4Address) {
      question.wants_ipv4 = true;
      if (const auto wish = IpAddress::from_bytes(attribute.value); wish && wish->is_v4() && !wish->is_unspecified())
        question.wished_ipv4 = wish;
    } else if (attribute.type == Type::InternalIp6Address) {
      question.wants_ipv6 = true;
      if (const auto wish = read_ipv6_prefix(attribute.value); wish && !wish->address.is_unspecified())
        question.wished_ipv6 = wish->address;
    } else if (attribute.type == Type::InternalIp4Nbns) {
      question.wants_nbns = true;
    } else if (attribute.type == Type::InternalIp4Server || attribute.type == Type::InternalIp6Server) {
      question.wants_servers = true;
    }
  }
  return question;
}

wire::ConfigurationPayload configuration_reply(const Lease& lease) {
  wire::ConfigurationPayload reply{wire::ConfigurationType::Reply, {}};
  const auto add = [&](Type type, Bytes value) { reply.attributes.push_back({type, std::move(value)}); };
  if (lease.ipv4) add(Type::InternalIp4Address, to_bytes(lease.ipv4->bytes()));
  if (lease.ipv6) add(Type::InternalIp6Address, with_prefix_length(*lease.ipv6));
  for (const IpAddress& server : lease.dns)
    add(server.is_v4() ? Type::InternalIp4Dns : Type::InternalIp6Dns, to_bytes(server.bytes()));
  for (const IpPrefix& subnet : lease.subnets)
    add(subnet.address.is_v4() ? Type::InternalIp4Subnet : Type::InternalIp6Subnet,
        subnet.address.is_v4() ? with_netmask(subnet) : with_prefix_length(subnet));
  for (const std::string& domain : lease.domains) add(Type::InternalDnsDomain, to_bytes(domain));
  for (const IpAddress& server : lease.nbns) add(Type::InternalIp4Nbns, to_bytes(server.bytes()));
  for (const IpAddress& server : lease.servers)
    add(server.is_v4() ? Type::InternalIp4Server : Type::InternalIp6Server, to_bytes(server.bytes()));
  return reply;
}

Lease read_configuration_reply(const wire::ConfigurationPayload& reply) {
  Lease lease;
  for (const wire::ConfigurationAttribute& attribute : reply.attributes) read_attribute(lease, attribute);
  return lease;
}

TrafficSelectors selectors_of(const Lease& lease) {
  TrafficSelectors selectors;
  const auto add = [&](const IpAddress& address) {
    selectors.push_back(TrafficSelector::of({address, static_cast<std::uint8_t>(address.bits())}));
  };
  if (lease.ipv4) add(*lease.ipv4);
  if (lease.ipv6) add(lease.ipv6->address);
  return selectors;
}

}  // namespace agilevpn::ike
