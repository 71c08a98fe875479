#include "radius/route.h"

namespace agilevpn::radius {

namespace {

std::uint8_t class_length(const IpAddress& address) {
  const auto first = std::to_integer<unsigned>(address.bytes()[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

}  // namespace

std::optional<IpPrefix> parse_route(std::string_view text, Family family) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(begin, text.find_first_of(std::string_view{" \0", 2}, begin) - begin);
  auto prefix = IpPrefix::parse(word);
  if (!prefix || prefix->address.family() != family) return std::nullopt;
  if (prefix->address.is_v4() && word.find('/') == std::string_view::npos) prefix->length = class_length(prefix->address);
  prefix->address = prefix->first();
  return prefix;
}

}  // namespace agilevpn::radius
