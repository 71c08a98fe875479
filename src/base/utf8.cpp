#include "base/utf8.h"

#include <array>

#include "base/check.h"

namespace agilevpn {

namespace {

// How code points of one size are written (RFC 3629 §3).
struct Form {
  unsigned mask, lead;  // lead == first octet & mask
  std::size_t size;
  char32_t first;  // The smallest code point that needs this size.
};
constexpr std::array<Form, 4> forms = {
    {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}}};

bool is_code_point(char32_t value) { return value < 0xd800 || (value > 0xdfff && value <= 0x10ffff); }

}  // namespace

std::optional<char32_t> take_code_point(ByteView& text) {
  if (text.empty()) return std::nullopt;
  const auto octet = [&](std::size_t i) { return std::to_integer<unsigned>(text[i]); };
  const auto* form = std::ranges::find_if(forms, [&](const Form& f) { return (octet(0) & f.mask) == f.lead; });
  if (form == forms.end() || text.size() < form->size) return std::nullopt;
  char32_t value = octet(0) & ~form->mask & 0xffu;
  for (std::size_t i = 1; i < form->size; ++i) {
    if ((octet(i) & 0xc0u) != 0x80) return std::nullopt;
    value = value << 6 | (octet(i) & 0x3fu);
  }
  if (value < form->first || !is_code_point(value)) return std::nullopt;
  text = text.subspan(form->size);
  return value;
}

bool is_utf8(ByteView text) {
  while (take_code_point(text)) {
  }
  return text.empty();
}

void append_utf8(std::string& text, char32_t code_point) {
  CHECK(is_code_point(code_point));
  const auto* form =
      std::ranges::find_if(forms.rbegin(), forms.rend(), [&](const Form& f) { return code_point >= f.first; }).base() -
      1;
  for (std::size_t i = 0; i < form->size; ++i) {
    const unsigned bits = code_point >> (6 * (form->size - 1 - i));
    text.push_back(static_cast<char>(i == 0 ? (bits | form->lead) : ((bits & 0x3fu) | 0x80u)));
  }
}

}  // namespace agilevpn
