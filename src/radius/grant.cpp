#include "radius/grant.h"

#include <bit>

#include "radius/dictionary.h"

namespace agilevpn::radius {

namespace {

std::optional<std::chrono::seconds> seconds_of(const Attributes& attributes, Type type) {
  const auto value = attributes.integer(type);
  return value ? std::optional{std::chrono::seconds{*value}} : std::nullopt;
}

std::string joined(const Attributes& attributes, Type type) {
  std::string text;
  for (const ByteView part : attributes.all(type)) text += to_text(part);
  return text;
}

// RFC 2865 §5.8: 255.255.255.255 leaves the choice to the user, 255.255.255.254 to the NAS.
std::optional<IpAddress> framed_ip_of(const Attributes& attributes) {
  const auto address = attributes.ipv4(Type::FramedIpAddress);
  if (!address || *address >= IpAddress::v4(255, 255, 255, 254)) return std::nullopt;
  return address;
}

// Nothing for a mask with holes.
std::optional<std::uint8_t> length_of(const IpAddress& mask) {
  const std::uint32_t bits = *Reader{mask.bytes()}.u32("mask");
  const int length = std::countl_one(bits);
  return std::popcount(bits) == length ? std::optional{static_cast<std::uint8_t>(length)} : std::nullopt;
}

Result<void, Error> add_routes(const Attributes& attributes, Type type, Family family, std::vector<Route>& routes) {
  for (const ByteView value : attributes.all(type)) {
    const auto route = parse_route(to_text(value), family);
    if (!route)
      return Failure{
          Error{"the RADIUS server sent a route that is none: " + to_string(Attribute{type, to_bytes(value)}), ""}};
    routes.push_back(*route);
  }
  return {};
}

void add_addresses(const Attributes& attributes, AttributeId id, std::vector<IpAddress>& addresses) {
  for (const ByteView value : attributes.all(id)) addresses.push_back(*IpAddress::from_bytes(value));
}

}  // namespace

std::optional<std::chrono::seconds> patience_of(const Attributes& challenge) {
  const auto seconds = seconds_of(challenge, Type::SessionTimeout);
  return seconds > 0s ? seconds : std::nullopt;
}

Result<Grant, Error> Grant::from(const Attributes& attributes) {
  if (const Attribute* const invalid = find_invalid_size(attributes)) {
    return Failure{Error{"the RADIUS server sent " + to_string(*invalid), ""}};
  }
  Grant grant;
  grant.user_name = attributes.text(Type::UserName);
  grant.framed_ip = framed_ip_of(attributes);
  if (const auto mask = attributes.ipv4(Type::FramedIpNetmask)) {
    grant.framed_ip_length = length_of(*mask);
    if (!grant.framed_ip_length) return Failure{Error{"the RADIUS server sent the netmask " + mask->to_string(), ""}};
  }
  grant.framed_ipv6 = attributes.ipv6(Type::FramedIpv6Address);
  for (const ByteView value : attributes.all(Type::FramedIpv6Prefix)) {
    grant.framed_ipv6_prefixes.push_back(*ipv6_prefix_of(value));
  }
  grant.framed_pool = attributes.text(Type::FramedPool);
  grant.framed_ipv6_pool = attributes.text(Type::FramedIpv6Pool);
  add_addresses(attributes, MicrosoftType::PrimaryDnsServer, grant.dns);
  add_addresses(attributes, MicrosoftType::SecondaryDnsServer, grant.dns);
  add_addresses(attributes, Type::DnsServerIpv6Address, grant.dns);
  TRY(add_routes(attributes, Type::FramedRoute, Family::V4, grant.routes));
  TRY(add_routes(attributes, Type::FramedIpv6Route, Family::V6, grant.routes));
  for (const ByteView value : attributes.all(Type::RouteIpv6Information))
    grant.routes.push_back({*ipv6_prefix_of(value), {}});
  for (const ByteView value : attributes.all(Type::Class)) grant.classes.push_back(to_bytes(value));
  for (const ByteView value : attributes.all(Type::FilterId)) grant.filter_ids.push_back(to_text(value));
  grant.session_timeout = seconds_of(attributes, Type::SessionTimeout);
  grant.idle_timeout = seconds_of(attributes, Type::IdleTimeout);
  grant.interim_interval = seconds_of(attributes, Type::AcctInterimInterval);
  if (grant.interim_interval) grant.interim_interval = std::max<std::chrono::seconds>(*grant.interim_interval, 60s);
  grant.reply_message = joined(attributes, Type::ReplyMessage);
  return grant;
}

}  // namespace agilevpn::radius
