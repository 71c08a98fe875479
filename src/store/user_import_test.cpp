#include "store/user_import.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/day.h"
#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UserImportTest : public StoreTest {
 protected:
  ImportOutcome import(std::string_view csv, ImportOptions options = {OnError::AddNobody, PasswordKind::Scrypt}) {
    return expect(import_users(database_, csv, options, {nullptr, random_, {.log2_n = 2}}, now()));
  }
  // "2: what" for each mistake.
  std::vector<std::string> errors(std::string_view csv) {
    std::vector<std::string> out;
    for (const auto& [line, error] : import(csv).errors) out.push_back(fmt::format("{}: {}", line, error.what));
    return out;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const User& user : expect(users_.list())) out.push_back(user.name);
    return out;
  }

  Database database_ = open();
  Users users_{database_};
  SeededRandom random_{1};
};

TEST_F(UserImportTest, EveryColumnIsUnderstoodInAnyOrder) {
  expect(Groups{database_}.add({.name = "staff"}));
  EXPECT_EQ(import("note,Name, group ,password,expires,devices,enabled\r\n"
                   "\"Anna, room 4\",anna,staff,\"p\"\"w \",2027-01-31,3,no\r\n"
                   ",bert,,,,,\r\n")
                .added,
            2u);
  const User anna = expect(users_.find("anna"));
  EXPECT_EQ(anna.note, "Anna, room 4");
  EXPECT_EQ(anna.group, "staff");
  EXPECT_EQ(anna.expires, day(2027, 1, 31));
  EXPECT_EQ(anna.devices_max, 3u);
  EXPECT_FALSE(anna.is_enabled);
  EXPECT_TRUE(check_password(*expect(users_.find_for_login("anna", now())), secret("p\"w "), nullptr));
  const User bert = expect(users_.find("bert"));
  EXPECT_EQ(bert.group, "default");
  EXPECT_EQ(bert.password, PasswordKind::None);
  EXPECT_TRUE(bert.is_enabled);
}

TEST_F(UserImportTest, OneMistakeAndNobodyIsAdded) {
  add(database_, "carl");
  EXPECT_THAT(errors("name,group,expires,devices,enabled\n"
                     "anna,,,,\n"
                     "be rt,,,,\n"
                     "carl,,,,\n"
                     "dora,staf,,,\n"
                     "emil,,31.1.2027,,\n"
                     "fred,,,many,\n"
                     "gina,,,,perhaps\n"
                     "hans\n"
                     ",,,,\n"
                     "anna,,,,\n"),
              ElementsAre("3: name: 'be rt' cannot be the name of a user", "4: name: there is a user carl already",
                          "5: group: there is no group 'staf'", "6: expires: '31.1.2027' is no day",
                          "7: devices: 'many' is no number of devices", "8: enabled: 'perhaps' is neither yes nor no",
                          "9: 1 fields where the heading has 5", "10: name: it is empty",
                          "11: name: line 2 has the name anna already"));
  EXPECT_THAT(names(), ElementsAre("carl"));
}

TEST_F(UserImportTest, EveryMistakeOfALineIsTold) {
  EXPECT_THAT(errors("name,expires,devices,enabled\nanna,soon,many,perhaps\nbert,,,\nanna,,,never\n"),
              ElementsAre("2: expires: 'soon' is no day", "2: devices: 'many' is no number of devices",
                          "2: enabled: 'perhaps' is neither yes nor no", "4: name: line 2 has the name anna already",
                          "4: enabled: 'never' is neither yes nor no"));
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(UserImportTest, OnRequestOnlyTheWrongLinesAreLeftOut) {
  const auto outcome = import("name\nanna\nbe rt\ncarl\n", {OnError::Skip, PasswordKind::Scrypt});
  EXPECT_EQ(outcome.added, 2u);
  EXPECT_EQ(outcome.error_count, 1u);
  EXPECT_THAT(names(), ElementsAre("anna", "carl"));
}

TEST_F(UserImportTest, OfTwoLinesWithOneNameTheFirstCountsEvenIfItIsWrong) {
  const auto outcome = import("name,devices,note\nanna,,first\nAnna,,second\nbert,many,first\nbert,,second\n",
                              {OnError::Skip, PasswordKind::Scrypt});
  EXPECT_EQ(outcome.added, 1u);
  ASSERT_EQ(outcome.error_count, 3u);
  EXPECT_EQ(outcome.errors[0].error.what, "name: line 2 has the name Anna already");
  EXPECT_EQ(outcome.errors[2].error.what, "name: line 4 has the name bert already");
  EXPECT_THAT(names(), ElementsAre("anna"));
  EXPECT_EQ(expect(users_.find("anna")).note, "first");
}

TEST_F(UserImportTest, AWrongHeadingIsOneErrorWhateverFollows) {
  EXPECT_THAT(errors("name,colour\nanna,red\n"), ElementsAre("1: unknown column 'colour'"));
  EXPECT_THAT(errors("name,name\nanna,red\n"), ElementsAre("1: column name is there twice"));
  EXPECT_THAT(errors("\ngroup\nstaff\n"), ElementsAre("2: there is no column 'name'"));
  EXPECT_THAT(errors(""), ElementsAre("1: the file is empty"));
  EXPECT_EQ(import("name,colour\nanna,red\n", {OnError::Skip, PasswordKind::Scrypt}).added, 0u);
}

TEST_F(UserImportTest, APasswordThatCannotBeIsAMistakeOfItsLine) {
  EXPECT_THAT(errors("name,password\nanna,pw\nbert,\"a\nb\"\n"),
              ElementsAre("3: password: the password is no UTF-8 text, or has control characters in it"));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(UserImportTest, OfManyMistakesTheFirstAreSaidAndAllCounted) {
  std::string csv = "name\n";
  for (int i = 0; i < 500; ++i) csv += "a b\n";
  const auto outcome = import(csv);
  EXPECT_EQ(outcome.errors.size(), limits::import_errors_max);
  EXPECT_EQ(outcome.error_count, 500u);
}

TEST_F(UserImportTest, AnErrorOfTheDatabaseUndoesAll) {
  expect(database_.run_script("PRAGMA max_page_count = 30"));
  std::string csv = "name,note\n";
  for (int i = 0; i < 2000; ++i) csv += fmt::format("user{},{}\n", i, std::string(200, 'x'));
  const auto outcome = import_users(database_, csv, {OnError::Skip, PasswordKind::Scrypt}, {nullptr, random_}, now());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().cause, Cause::Full);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(UserImportTest, WhatIsExportedCanBeImported) {
  import("name,expires,devices,enabled,note\nanna,2027-01-31,3,no,\"a,\"\"b\"\"\"\nbert,,,,\n");
  const auto before = expect(users_.list());
  for (const User& user : before) expect(users_.remove(user.id));
  EXPECT_EQ(import(user_csv(before)).added, 2u);
  EXPECT_EQ(user_csv(expect(users_.list())), user_csv(before));
}

TEST(Days, AreRealOnes) {
  EXPECT_EQ(parse_day("2028-02-29"), day(2028, 2, 29));
  for (const char* bad : {"2027-02-29", "2027-13-01", "27-01-01", "2027-1-31", "2027/01/31", "2027-01-31 ", ""})
    EXPECT_FALSE(parse_day(bad)) << bad;
  EXPECT_EQ(day_text(day(2027, 1, 31)), "2027-01-31");
}

}  // namespace
}  // namespace agilevpn::store
