#include "profiles/text.h"

#include <gtest/gtest.h>

namespace agilevpn::profiles {
namespace {

TEST(ProfileText, Base64IsThatOfRfc4648) {  // §10
  EXPECT_EQ(base64({}), "");
  EXPECT_EQ(base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(base64(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(ProfileText, NoNameLeavesItsQuotes) {
  EXPECT_EQ(powershell("it's"), "'it''s'");
  EXPECT_EQ(powershell("a\xe2\x80\x99; Remove-Item C:\\"), "'a\xe2\x80\x99\xe2\x80\x99; Remove-Item C:\\'");
  EXPECT_EQ(swanctl("a\"b\\"), "\"a\\\"b\\\\\"");
  EXPECT_EQ(html("<a href='x'>&"), "&#60;a href=&#39;x&#39;&#62;&#38;");
  EXPECT_EQ(keyfile(" a\\b"), "\\sa\\\\b");
  EXPECT_EQ(url("a b/@"), "a%20b%2F%40");
}

TEST(ProfileText, FileNamesAreSafeAndStayDifferent) {
  EXPECT_EQ(safe_file_name("anna@example.org"), "anna@example.org");
  for (const char* name : {"../../etc/passwd", "DOMAIN\\anna", "-rf", ".bashrc", "a/b", "J\xc3\xb6rg", ""}) {
    const std::string safe = safe_file_name(name);
    EXPECT_EQ(safe.find_first_of("/\\ "), std::string::npos) << name;
    EXPECT_FALSE(safe.starts_with('.') || safe.starts_with('-')) << name;
  }
  EXPECT_NE(safe_file_name("a/b"), safe_file_name("a\\b"));
  EXPECT_LE(safe_file_name(std::string(500, 'x')).size(), 80u);
}

TEST(ProfileText, AUuidIsMadeOfWhatItNames) {
  EXPECT_EQ(uuid({"a", "b"}), uuid({"a", "b"}));
  EXPECT_NE(uuid({"a", "b"}), uuid({"ab"}));
  const std::string text = uuid({"x"});
  ASSERT_EQ(text.size(), 36u);
  EXPECT_EQ(text[14], '8');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
}

TEST(ProfileText, PlacesAreFilledOnce) {
  EXPECT_EQ(fill("a %%X%% %PATH% %%Y%%", {{"X", "%%Y%%"}, {"Y", "z"}}), "a %%Y%% %PATH% z");
}

TEST(ProfileText, Base64urlReadsBack) {
  for (const auto& octets : {""_hex, "00"_hex, "fb"_hex, "fbff"_hex, "fbffbe"_hex, "fbffbe3f"_hex}) {
    EXPECT_EQ(from_base64url(base64url(octets)), octets) << base64url(octets);
  }
  EXPECT_EQ(base64url("fbffbf"_hex), "-_-_");
  for (const char* text : {"a", "ab=", "a+b", "abcde"}) EXPECT_FALSE(from_base64url(text)) << text;
}

}  // namespace
}  // namespace agilevpn::profiles
