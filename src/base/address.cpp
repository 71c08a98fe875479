#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace agilevpn {

namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// The address with every bit from `length` on set to `bit`.
IpAddress with_host_bits(const IpAddress& address, unsigned length, bool bit) {
  std::array<std::byte, 16> octets{};
  std::ranges::copy(address.bytes(), octets.begin());
  for (unsigned i = length / 8; i < address.size(); ++i) {
    const auto mask = static_cast<std::byte>(0xff >> (i == length / 8 ? length % 8 : 0));
    octets[i] = bit ? octets[i] | mask : octets[i] & ~mask;
  }
  return *IpAddress::from_bytes(ByteView{octets}.first(address.size()));
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  return v4(static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16),
            static_cast<std::uint8_t>(host_order >> 8), static_cast<std::uint8_t>(host_order));
}

IpAddress IpAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress address;
  address.octets_ = {std::byte{a}, std::byte{b}, std::byte{c}, std::byte{d}};
  return address;
}

std::optional<IpAddress> IpAddress::from_bytes(ByteView octets) {
  if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
  IpAddress address;
  address.family_ = octets.size() == 4 ? Family::V4 : Family::V6;
  std::ranges::copy(octets, address.octets_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated{text};
  std::array<std::byte, 16> octets{};
  if (inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1) return from_bytes(ByteView{octets}.first(4));
  if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return from_bytes(octets);
  return std::nullopt;
}

IpAddress IpAddress::any(Family family) {
  IpAddress address;
  address.family_ = family;
  return address;
}

IpAddress IpAddress::last(Family family) { return with_host_bits(any(family), 0, true); }

bool IpAddress::is_loopback() const { return is_v4() ? octets_[0] == std::byte{127} : *this == *parse("::1"); }

bool IpAddress::is_link_local() const {
  if (is_v4()) return octets_[0] == std::byte{169} && octets_[1] == std::byte{254};
  return octets_[0] == std::byte{0xfe} && (octets_[1] & std::byte{0xc0}) == std::byte{0x80};
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (octets_[0] & std::byte{0xf0}) == std::byte{0xe0} : octets_[0] == std::byte{0xff};
}

bool IpAddress::is_private() const {
  static const std::array prefixes = {IpPrefix{v4(10, 0, 0, 0), 8}, IpPrefix{v4(172, 16, 0, 0), 12},
                                      IpPrefix{v4(192, 168, 0, 0), 16}, IpPrefix{v4(100, 64, 0, 0), 10},
                                      *IpPrefix::parse("fc00::/7")};
  return is_loopback() || is_link_local() ||
         std::ranges::any_of(prefixes, [&](const IpPrefix& prefix) { return prefix.contains(*this); });
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
  return text;
}

std::optional<IpAddress> IpAddress::plus(std::uint64_t count) const {
  Bytes octets = to_bytes(bytes());
  std::uint64_t carry = count;
  for (std::size_t i = octets.size(); i > 0 && carry > 0; --i) {
    const std::uint64_t low = std::to_integer<std::uint64_t>(octets[i - 1]) + (carry & 0xff);
    octets[i - 1] = static_cast<std::byte>(low);
    carry = (carry >> 8) + (low >> 8);
  }
  if (carry > 0) return std::nullopt;
  return from_bytes(octets);
}

std::string SocketAddress::to_string() const {
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                         : fmt::format("[{}]:{}", address.to_string(), port);
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port || address->is_v6() != has_brackets) return std::nullopt;
  return SocketAddress{*address, *port};
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpPrefix{*address, static_cast<std::uint8_t>(address->bits())};
  const auto length = parse_number<std::uint8_t>(text.substr(slash + 1));
  if (!length || *length > address->bits()) return std::nullopt;
  return IpPrefix{*address, *length};
}

std::string IpPrefix::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }
IpAddress IpPrefix::first() const { return with_host_bits(address, length, false); }
IpAddress IpPrefix::last() const { return with_host_bits(address, length, true); }

bool IpPrefix::contains(const IpAddress& other) const {
  return other.family() == address.family() && first() <= other && other <= last();
}

std::string Path::to_string() const { return fmt::format("{} -> {}", local.to_string(), peer.to_string()); }

IpPrefix network_of(const IpAddress& address) {
  const IpPrefix whole{address, static_cast<std::uint8_t>(address.is_v4() ? 32 : 64)};
  return {whole.first(), whole.length};
}

}  // namespace agilevpn
