#include "base/text.h"

#include <algorithm>
#include <clocale>
#include <cwctype>

#include "base/check.h"
#include "base/utf8.h"

namespace agilevpn {

namespace {

locale_t unicode_locale() {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);  // Built into the C library.
  CHECK(locale);
  return locale;
}

}  // namespace

std::optional<std::u32string> from_utf8(std::string_view text) {
  std::u32string out;
  ByteView rest = as_bytes(text);
  while (const auto character = take_code_point(rest)) out += *character;
  return rest.empty() ? std::optional{std::move(out)} : std::nullopt;
}

bool is_printable(std::string_view text) {
  const auto characters = from_utf8(text);
  const auto is_control = [](char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); };
  return characters && std::ranges::none_of(*characters, is_control);
}

std::string to_lower(std::string_view text) {
  const auto characters = from_utf8(text);
  if (!characters) return std::string(text);
  std::string out;
  for (const char32_t c : *characters) append_utf8(out, static_cast<char32_t>(::towlower_l(c, unicode_locale())));
  return out;
}

bool is_letter_or_digit(char32_t character) { return ::iswalnum_l(character, unicode_locale()) != 0; }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace agilevpn
