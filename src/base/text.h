// UTF-8 text from people: whether it is any, and in small letters. In no locale but Unicode's own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agilevpn {

// Nothing for octets that are no UTF-8 (RFC 3629).
std::optional<std::u32string> from_utf8(std::string_view text);
// UTF-8 without control characters.
bool is_printable(std::string_view text);
// Letters with accents, Greek and Cyrillic ones too; what is no UTF-8 stays as it is.
std::string to_lower(std::string_view text);
// A letter or digit of any script.
bool is_letter_or_digit(char32_t character);
std::string_view trim(std::string_view text);  // Spaces and tabs.

}  // namespace agilevpn
