// UTF-8 (RFC 3629), as far as names and passwords need it.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"

namespace agilevpn {

// Takes the first code point off `text`. Nothing, and nothing taken, if it does not begin with one: it is empty, cut off,
// longer than need be, a surrogate, or beyond U+10FFFF.
std::optional<char32_t> take_code_point(ByteView& text);

bool is_utf8(ByteView text);

// `code_point` must be one.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace agilevpn
