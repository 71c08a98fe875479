#include "store/name.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/limits.h"

namespace agilevpn::store {

namespace {

// Takes what stands after the first of the character, up to a realm: "anna/phone@example.org".
std::string take_device(std::string& login) {
  const auto slash = login.find('/');
  if (slash == login.npos) return {};
  const auto end = std::min(login.find('@', slash), login.size());
  std::string device = login.substr(slash + 1, end - slash - 1);
  login.erase(slash, end - slash);
  return device;
}

}  // namespace

LoginName parse_login(std::string_view login) {
  std::string name = to_lower(login);
  if (const auto backslash = name.find('\\'); backslash != name.npos) name.erase(0, backslash + 1);
  LoginName out{.user_keys = {}, .device_key = take_device(name)};
  out.user_keys.push_back(name);
  if (const auto at = name.rfind('@'); at != name.npos) out.user_keys.push_back(name.substr(0, at));
  return out;
}

std::string name_key(std::string_view name) { return to_lower(name); }

Stored<> check_name(std::string_view kind, std::string_view name) {
  const auto characters = from_utf8(name);
  const auto is_allowed = [](char32_t c) {
    return is_letter_or_digit(c) ||
           (c < 0x80 && std::string_view("-_.@+").find(static_cast<char>(c)) != std::string_view::npos);
  };
  if (!characters || characters->empty() || !is_letter_or_digit(characters->front()) ||
      !std::ranges::all_of(*characters, is_allowed)) {
    return refuse(fmt::format("'{}' cannot be the name of a {}", is_printable(name) ? name : "?", kind),
                  "letters and digits, and after the first also -_.@+");
  }
  if (name.size() > limits::name_size_max)
    return refuse(fmt::format("the name of a {} has at most {} octets", kind, limits::name_size_max));
  return {};
}

}  // namespace agilevpn::store
