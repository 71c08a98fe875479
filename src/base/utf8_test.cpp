#include "base/utf8.h"

#include <gtest/gtest.h>

namespace agilevpn {
namespace {

std::u32string decode(ByteView text) {
  std::u32string result;
  while (const auto code_point = take_code_point(text)) result.push_back(*code_point);
  return text.empty() ? result : U"not UTF-8";
}

TEST(Utf8, ReadsTheExamplesOfRfc3629) {  // §7
  EXPECT_EQ(decode("41e289a2ce912e"_hex), U"A\u2262\u0391.");
  EXPECT_EQ(decode("ed959ceab5adec96b4"_hex), U"\ud55c\uad6d\uc5b4");
  EXPECT_EQ(decode("e697a5e69cace8aa9e"_hex), U"\u65e5\u672c\u8a9e");
  EXPECT_EQ(decode("efbbbff0a38eb4"_hex), U"\ufeff\U000233b4");
}

TEST(Utf8, EveryCodePointIsReadAsItWasWritten) {
  for (char32_t value = 0; value <= 0x10ffff; value += value < 0x3000 ? 1 : 0x35) {
    if (value >= 0xd800 && value <= 0xdfff) continue;
    std::string text;
    append_utf8(text, value);
    ByteView rest = as_bytes(text);
    ASSERT_EQ(take_code_point(rest), value);
    ASSERT_TRUE(rest.empty());
    ASSERT_FALSE(is_utf8(as_bytes(text).first(text.size() - 1)) && text.size() > 1);
  }
}

TEST(Utf8, RefusesWhatIsNone) {
  for (const Bytes& octets :
       {"80"_hex, "c0af"_hex, "c180"_hex, "e08080"_hex, "f0808080"_hex, "eda080"_hex, "edbfbf"_hex, "f4908080"_hex,
        "f8888080"_hex, "ff"_hex, "c3"_hex, "e28220"_hex, "61c3"_hex})
    EXPECT_FALSE(is_utf8(octets)) << to_hex(octets);
  EXPECT_TRUE(is_utf8({}));
}

}  // namespace
}  // namespace agilevpn
