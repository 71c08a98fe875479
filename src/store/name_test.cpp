#include "store/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::store {
namespace {

using testing::ElementsAre;

TEST(LoginNames, DomainAndRealmAreDecoration) {
  EXPECT_THAT(parse_login("anna").user_keys, ElementsAre("anna"));
  EXPECT_THAT(parse_login("ANNA").user_keys, ElementsAre("anna"));
  EXPECT_THAT(parse_login("CORP\\Anna").user_keys, ElementsAre("anna"));
  EXPECT_THAT(parse_login("anna@example.org").user_keys, ElementsAre("anna@example.org", "anna"));
  EXPECT_THAT(parse_login("CORP\\anna@example.org").user_keys, ElementsAre("anna@example.org", "anna"));
}

TEST(LoginNames, ASlashNamesADevice) {
  EXPECT_EQ(parse_login("anna/Phone").device_key, "phone");
  EXPECT_THAT(parse_login("anna/phone").user_keys, ElementsAre("anna"));
  EXPECT_EQ(parse_login("anna/phone@example.org").device_key, "phone");
  EXPECT_THAT(parse_login("anna/phone@example.org").user_keys, ElementsAre("anna@example.org", "anna"));
  EXPECT_EQ(parse_login("anna@example.org/phone").device_key, "phone");
  EXPECT_EQ(parse_login("anna").device_key, "");
}

TEST(LoginNames, OctetsThatAreNoTextAreNobody) {
  EXPECT_THAT(parse_login("\xff\xfe\\\xff").user_keys, ElementsAre("\xff"));
  EXPECT_THAT(parse_login("").user_keys, ElementsAre(""));
}

TEST(Names, AreComparedInSmallLettersOfAnyScript) {
  EXPECT_EQ(name_key("J\xc3\x9cRGEN"), "j\xc3\xbcrgen");                                        // Ü
  EXPECT_EQ(name_key("\xce\x91\xce\x9d\xce\x9d\xce\x91"), "\xce\xb1\xce\xbd\xce\xbd\xce\xb1");  // ΑΝΝΑ
}

TEST(Names, OfWhatAFileCanBeNamedToo) {
  for (const char* good : {"anna", "anna.b-c_d@example.org", "4711", "j\xc3\xbcrgen"})
    EXPECT_TRUE(check_name("user", good)) << good;
  for (const char* bad : {"", "-anna", ".anna", "@anna", "an na", "a/b", "CORP\\anna", "a,b", "a\nb", "\xff", "a\"b"}) {
    EXPECT_FALSE(check_name("user", bad)) << bad;
  }
  EXPECT_TRUE(check_name("user", std::string(128, 'a')));
  EXPECT_FALSE(check_name("user", std::string(129, 'a')));
}

}  // namespace
}  // namespace agilevpn::store
