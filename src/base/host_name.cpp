#include "base/host_name.h"

#include <algorithm>

#include "base/address.h"

namespace agilevpn {

namespace {

constexpr std::size_t name_max = 253;  // RFC 1035 §2.3.4, without the octets that frame it on the wire.
constexpr std::size_t label_max = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_letter(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= label_max && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, is_name_letter);
}

}  // namespace

bool is_host(std::string_view text) {
  if (IpAddress::parse(text)) return true;
  if (text.size() > name_max) return false;
  while (true) {
    const auto dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !std::ranges::all_of(label, is_digit);
    text.remove_prefix(dot + 1);
  }
}

}  // namespace agilevpn
