#include "radius/route.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace agilevpn::radius {

namespace {

std::uint8_t class_length(const IpAddress& address) {
  const auto first = std::to_integer<unsigned>(address.bytes()[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

// Some servers end a text with a NUL.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  text = text.substr(0, text.find('\0'));
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t size = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

bool is_metric(std::string_view word) {
  int value = 0;
  return std::from_chars(word.data(), word.data() + word.size(), value).ptr == word.data() + word.size();
}

std::optional<IpPrefix> parse_prefix(std::string_view word, Family family) {
  auto prefix = IpPrefix::parse(word);
  if (!prefix || prefix->address.family() != family) return std::nullopt;
  if (prefix->address.is_v4() && word.find('/') == std::string_view::npos)
    prefix->length = class_length(prefix->address);
  prefix->address = prefix->first();
  return prefix;
}

}  // namespace

std::string Route::to_string() const {
  return gateway ? prefix.to_string() + " " + gateway->to_string() : prefix.to_string();
}

std::optional<Route> parse_route(std::string_view text, Family family) {
  const auto words = words_of(text);
  const auto prefix = words.empty() ? std::nullopt : parse_prefix(words[0], family);
  if (!prefix) return std::nullopt;
  if (words.size() == 1) return Route{*prefix, std::nullopt};
  const auto gateway = IpAddress::parse(words[1]);
  if (!gateway || gateway->family() != family || !std::all_of(words.begin() + 2, words.end(), is_metric))
    return std::nullopt;
  return Route{*prefix, gateway};
}

}  // namespace agilevpn::radius
