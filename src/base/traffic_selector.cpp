#include "base/traffic_selector.h"

#include <fmt/format.h>

#include <bit>
#include <ranges>

namespace agilevpn {

namespace {

bool has_any_port(const TrafficSelector& ts) { return ts.first_port == 0 && ts.last_port == 0xffff; }

unsigned zeros_at_end(ByteView octets) {
  unsigned zeros = 0;
  for (const std::byte octet : octets | std::views::reverse) {
    if (octet != std::byte{})
      return zeros + static_cast<unsigned>(std::countr_zero(std::to_integer<std::uint8_t>(octet)));
    zeros += 8;
  }
  return zeros;
}

// The widest prefix that begins at `first` and ends no later than `last`.
IpPrefix widest_prefix(const IpAddress& first, const IpAddress& last) {
  const auto whole = static_cast<std::uint8_t>(first.bits());
  IpPrefix best{first, static_cast<std::uint8_t>(whole - zeros_at_end(first.bytes()))};
  while (best.length < whole && best.last() > last) ++best.length;
  return best;
}

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case 1: return "icmp";
    case 6: return "tcp";
    case 17: return "udp";
    case 58: return "icmp6";
    default: return std::to_string(protocol);
  }
}

}  // namespace

TrafficSelector TrafficSelector::of(const IpPrefix& prefix) {
  return {.first_address = prefix.first(), .last_address = prefix.last()};
}

TrafficSelector TrafficSelector::everything(Family family) {
  return {.first_address = IpAddress::any(family), .last_address = IpAddress::last(family)};
}

bool TrafficSelector::contains(const TrafficSelector& other) const {
  const auto both = intersect(other);
  return both && *both == other;
}

std::optional<TrafficSelector> TrafficSelector::intersect(const TrafficSelector& other) const {
  if (family() != other.family()) return std::nullopt;
  if (protocol != 0 && other.protocol != 0 && protocol != other.protocol) return std::nullopt;
  TrafficSelector both{.protocol = std::max(protocol, other.protocol),
                       .first_port = std::max(first_port, other.first_port),
                       .last_port = std::min(last_port, other.last_port),
                       .first_address = std::max(first_address, other.first_address),
                       .last_address = std::min(last_address, other.last_address)};
  const bool both_opaque = first_port > last_port && other.first_port > other.last_port;
  if (both.first_address > both.last_address || (both.first_port > both.last_port && !both_opaque)) return std::nullopt;
  return both;
}

std::vector<IpPrefix> TrafficSelector::to_prefixes() const {
  std::vector<IpPrefix> prefixes;
  std::optional<IpAddress> next = first_address;
  while (next && *next <= last_address) {
    const IpPrefix prefix = widest_prefix(*next, last_address);
    prefixes.push_back(prefix);
    next = prefix.last().plus(1);
  }
  return prefixes;
}

std::string TrafficSelector::to_string() const {
  const IpPrefix prefix = widest_prefix(first_address, last_address);
  std::string text = prefix.last() == last_address
                         ? prefix.to_string()
                         : fmt::format("{}-{}", first_address.to_string(), last_address.to_string());
  if (protocol == 0 && has_any_port(*this)) return text;
  text += ' ' + (protocol == 0 ? "any" : protocol_name(protocol));
  if (has_any_port(*this)) return text;
  if (first_port > last_port) return text + "/opaque";
  return text +
         (first_port == last_port ? fmt::format("/{}", first_port) : fmt::format("/{}-{}", first_port, last_port));
}

std::string to_string(const TrafficSelectors& selectors) {
  std::string text;
  for (const TrafficSelector& ts : selectors) text += (text.empty() ? "" : ", ") + ts.to_string();
  return text;
}

}  // namespace agilevpn
