#include "esp/router_advertisement.h"

#include <algorithm>

#include "base/codec.h"
#include "esp/checksum.h"
#include "esp/mtu.h"
#include "esp/octets.h"

namespace agilevpn::esp {

namespace {

constexpr std::uint8_t mtu_option = 5;
constexpr std::uint8_t route_option = 24;           // RFC 4191 §2.3
constexpr std::uint8_t whole_hop_limit = 255;       // No router was on the way.
constexpr std::uint16_t longest_lifetime = 0xffff;  // Seconds (RFC 8319 §4): a client asks once, and tunnels last.
constexpr std::uint32_t infinity = 0xffffffff;
constexpr std::size_t routes_max = 40;  // The answer fits into IPv6's smallest MTU.
constexpr std::size_t hop_limit_at = 7;
constexpr std::size_t solicitation_size = 8;  // Without options.

// The tunnel is each client's own link, so all may know the gateway by the same address.
const IpAddress& router_address() {
  static const IpAddress address = *IpAddress::parse("fe80::1");
  return address;
}

bool is_valid_solicitation(ByteView packet, const IpPacket& ip) {
  const PacketSelectors& s = ip.selectors;
  if (s.protocol != protocol::icmp6 || !s.has_ports || s.source_port != icmp6::router_solicitation) return false;
  if (!is_of_the_link(s.source) || ip.is_fragment || ip.payload_size() < solicitation_size) return false;
  if (packet[hop_limit_at] != std::byte{whole_hop_limit}) return false;
  const ByteView icmp = packet.subspan(ip.header_size, ip.payload_size());
  return fold(pseudo_header_part(address_octets(packet), protocol::icmp6, icmp.size()) + checksum_part(icmp)) == 0xffff;
}

// IPv6 that goes further than this link.
bool is_route(const IpPrefix& prefix) {
  return prefix.address.is_v6() && !is_of_the_link(prefix.address) && !prefix.address.is_multicast();
}

std::vector<IpPrefix> routes_to(const TrafficSelectors& reachable) {
  std::vector<IpPrefix> routes;
  for (const TrafficSelector& ts : reachable)
    std::ranges::copy_if(ts.to_prefixes(), std::back_inserter(routes), is_route);
  routes.resize(std::min(routes.size(), routes_max));
  return routes;
}

void write_route(Writer& out, const IpPrefix& route) {
  const std::size_t octets = route.length == 0 ? 0 : route.length <= 64 ? 8 : 16;
  out.u8(route_option).u8(static_cast<std::uint8_t>(1 + octets / 8)).u8(route.length).u8(0).u32(infinity);
  out.bytes(route.address.bytes().first(octets));
}

Bytes advertise(const std::vector<IpPrefix>& routes, std::size_t mtu) {
  const bool is_default_router = std::ranges::any_of(routes, [](const IpPrefix& route) { return route.length == 0; });
  Writer out;
  out.u16(icmp6::router_advertisement).u16(0).u8(64).u8(0).u16(is_default_router ? longest_lifetime : 0).u32(0).u32(0);
  out.u8(mtu_option).u8(1).u16(0).u32(static_cast<std::uint32_t>(std::max(mtu, ipv6_minimum_mtu)));
  for (const IpPrefix& route : routes) write_route(out, route);
  return std::move(out).take();
}

}  // namespace

std::optional<Bytes> router_advertisement(ByteView packet, const IpPacket& ip, const TrafficSelectors& reachable,
                                          std::size_t mtu) {
  if (!is_valid_solicitation(packet, ip)) return std::nullopt;
  const Bytes icmp = advertise(routes_to(reachable), mtu);
  Writer out;
  out.u32(0x60000000).u16(static_cast<std::uint16_t>(icmp.size())).u8(protocol::icmp6).u8(whole_hop_limit);
  out.bytes(router_address().bytes()).bytes(ip.selectors.source.bytes()).bytes(icmp);
  Bytes answer = std::move(out).take();
  store_icmp6_checksum(answer);
  return answer;
}

std::optional<Bytes> answer_solicitation(ByteView packet, const IpPacket& ip, const SaPair& pair, std::size_t mtu) {
  OutboundSa& outbound = pair.outbound();
  const auto answer = router_advertisement(packet, ip, outbound.source(), mtu);
  return answer ? outbound.seal(*answer) : std::nullopt;
}

}  // namespace agilevpn::esp
