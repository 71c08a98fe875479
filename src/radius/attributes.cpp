#include "radius/attributes.h"

#include "base/check.h"
#include "radius/limits.h"

namespace agilevpn::radius {

Attributes& Attributes::add(AttributeId id, ByteView value) {
  CHECK(value.size() <= limits::value_largest - (id.is_microsoft() ? 6 : 0));
  list_.push_back({id, to_bytes(value)});
  return *this;
}

Attributes& Attributes::add_integer(AttributeId id, std::uint32_t value) { return add(id, Writer{}.u32(value).view()); }

Attributes& Attributes::add_prefix(AttributeId id, const IpPrefix& prefix) {
  CHECK(prefix.address.is_v6());
  const std::size_t octets = (prefix.length + 7u) / 8u;
  return add(id, Writer{}.u8(0).u8(prefix.length).bytes(prefix.first().bytes().first(octets)).view());
}

Attributes& Attributes::add_eap(ByteView packet) {
  do {
    const std::size_t size = std::min(packet.size(), limits::value_largest);
    add(Type::EapMessage, packet.first(size));
    packet = packet.subspan(size);
  } while (!packet.empty());
  return *this;
}

Attributes& Attributes::append(const Attributes& more) {
  list_.insert(list_.end(), more.begin(), more.end());
  return *this;
}

void Attributes::remove(AttributeId id) {
  std::erase_if(list_, [&](const Attribute& one) { return one.id == id; });
}

const Attribute* Attributes::find(AttributeId id) const {
  const auto found = std::ranges::find(list_, id, &Attribute::id);
  return found == list_.end() ? nullptr : &*found;
}

std::optional<std::string> Attributes::text(AttributeId id) const {
  const Attribute* found = find(id);
  return found ? std::optional{to_text(found->value)} : std::nullopt;
}

std::optional<std::uint32_t> Attributes::integer(AttributeId id) const {
  const Attribute* found = find(id);
  if (!found || found->value.size() != 4) return std::nullopt;
  return *Reader{found->value}.u32("Value");
}

std::optional<IpAddress> Attributes::address(AttributeId id, std::size_t size) const {
  const Attribute* found = find(id);
  return found && found->value.size() == size ? IpAddress::from_bytes(found->value) : std::nullopt;
}

std::vector<ByteView> Attributes::all(AttributeId id) const {
  std::vector<ByteView> values;
  for (const Attribute& one : list_) {
    if (one.id == id) values.emplace_back(one.value);
  }
  return values;
}

Bytes Attributes::eap() const {
  Bytes packet;
  for (const ByteView part : all(Type::EapMessage)) agilevpn::append(packet, part);
  return packet;
}

std::optional<IpPrefix> ipv6_prefix_of(ByteView value) {
  if (value.size() < 2 || value.size() > 18) return std::nullopt;
  const auto length = std::to_integer<std::uint8_t>(value[1]);
  const ByteView octets = value.subspan(2);
  if (length > 128 || octets.size() * 8 < length) return std::nullopt;
  std::array<std::byte, 16> address{};
  std::ranges::copy(octets, address.begin());
  const IpPrefix prefix{*IpAddress::from_bytes(address), length};
  return prefix.first() == prefix.address ? std::optional{prefix} : std::nullopt;
}

}  // namespace agilevpn::radius
