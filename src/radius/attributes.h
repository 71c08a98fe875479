// The attributes of a packet: an ordered list with typed readers (RFC 2865 §5). Values are octets as on the wire; which
// type has which kind of value the dictionary says (dictionary.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/codec.h"
#include "radius/iana.h"

namespace agilevpn::radius {

// What a value is an attribute of: a standard one, or one of Microsoft's. Vendor-Specific attributes of others keep type
// VendorSpecific and their whole value.
struct AttributeId {
  Type type = Type::VendorSpecific;
  MicrosoftType microsoft_type{};  // Of VendorSpecific: 0 where the vendor is another.

  constexpr AttributeId(Type standard) : type(standard) {}
  constexpr AttributeId(MicrosoftType of_microsoft) : microsoft_type(of_microsoft) {}
  constexpr bool is_microsoft() const { return type == Type::VendorSpecific && microsoft_type != MicrosoftType{}; }
  friend auto operator<=>(const AttributeId&, const AttributeId&) = default;
};

struct Attribute {
  AttributeId id;
  Bytes value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<Attribute> list) : list_(list) {}

  Attributes& add(AttributeId id, ByteView value);
  Attributes& add_text(AttributeId id, std::string_view text) { return add(id, as_bytes(text)); }
  Attributes& add_integer(AttributeId id, std::uint32_t value);
  template <class Enum>
    requires std::is_enum_v<Enum>
  Attributes& add_enum(AttributeId id, Enum value) {
    return add_integer(id, static_cast<std::uint32_t>(value));
  }
  Attributes& add_address(AttributeId id, const IpAddress& address) { return add(id, address.bytes()); }
  // Reserved, length, and as many octets as the prefix needs (RFC 3162 §2.3).
  Attributes& add_prefix(AttributeId id, const IpPrefix& prefix);
  // Cut into as many EAP-Message attributes as it needs, in order (RFC 3579 §3.1).
  Attributes& add_eap(ByteView packet);
  Attributes& append(const Attributes& more);
  void remove(AttributeId id);

  // The first one of its kind; nothing if there is none, or its value is of another size.
  const Attribute* find(AttributeId id) const;
  bool has(AttributeId id) const { return find(id) != nullptr; }
  std::optional<std::string> text(AttributeId id) const;
  std::optional<std::uint32_t> integer(AttributeId id) const;
  std::optional<IpAddress> ipv4(AttributeId id) const { return address(id, 4); }
  std::optional<IpAddress> ipv6(AttributeId id) const { return address(id, 16); }

  // Every one of its kind, in order.
  std::vector<ByteView> all(AttributeId id) const;
  // The EAP-Message attributes joined; empty if there is none.
  Bytes eap() const;

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }

  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  std::optional<IpAddress> address(AttributeId id, std::size_t size) const;

  std::vector<Attribute> list_;
};

// RFC 3162 §2.3: nothing for a length above 128, more octets than an address has, or bits set beyond the length.
std::optional<IpPrefix> ipv6_prefix_of(ByteView value);

}  // namespace agilevpn::radius
