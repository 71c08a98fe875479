#include "store/database.h"

#include <fmt/format.h>

#include <fstream>

#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

class DatabaseTest : public StoreTest {
 protected:
  StoreError open_error(const OpenOptions& options = {}) const {
    auto database = Database::open(file(), options);
    return database ? StoreError{Cause::Failed, "it opened"} : database.error();
  }
  void write(std::string_view content) const { std::ofstream(file()) << content; }
  // Adds users until an error.
  static StoreError fill(Database& database, std::string_view name) {
    Users users(database);
    for (int i = 0;; ++i) {
      const auto added = users.add({{.name = fmt::format("{}{}", name, i), .note = std::string(400, 'x')}, {}}, now());
      if (!added) return added.error();
    }
  }
};

TEST_F(DatabaseTest, ANewOneIsForItsOwnerOnly) {
  const auto nested = directory_ / "state" / database_name;
  Database database = expect(Database::open(nested));
  add(database, "anna");
  EXPECT_EQ(mode(directory_ / "state"), 0700u);
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode(nested.string() + suffix), 0600u) << suffix;
}

TEST_F(DatabaseTest, OneThatOthersCouldReadIsProtectedWhenItIsOpened) {
  {
    open();
  }
  ::chmod(file().c_str(), 0644);
  {
    open();
  }
  EXPECT_EQ(mode(file()), 0600u);
}

TEST_F(DatabaseTest, WhereNoneIsToBeMadeNothingIsMade) {
  const StoreError error = open_error({.if_missing = Missing::Refuse});
  EXPECT_EQ(error.cause, Cause::Missing);
  EXPECT_NE(error.help.find("agilevpn user add"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(DatabaseTest, AFileOfSomethingElseIsLeftAlone) {
  const std::string text(5000, 'x');
  write(text);
  EXPECT_EQ(open_error().cause, Cause::NotADatabase);
  EXPECT_EQ(std::filesystem::file_size(file()), text.size());
  EXPECT_EQ(Database::open(directory_).error().cause, Cause::NotADatabase);
}

TEST_F(DatabaseTest, ADatabaseOfAnotherProgramIsLeftAlone) {
  {
    Database database = open();
    expect(database.run_script("PRAGMA application_id = 7"));
  }
  EXPECT_EQ(open_error().cause, Cause::NotADatabase);
}

TEST_F(DatabaseTest, ADatabaseOfANewerAgileVpnIsRefusedWithTheNumbers) {
  {
    Database database = open();
    expect(database.run_script("PRAGMA user_version = 99"));
  }
  const StoreError error = open_error();
  EXPECT_EQ(error.cause, Cause::NewerSchema);
  EXPECT_NE(error.what.find("has schema 99"), std::string::npos) << error.what;
}

TEST_F(DatabaseTest, WhatIsStoredIsThereAfterItIsOpenedAgain) {
  {
    Database database = open();
    add(database, "anna");
  }
  Database database = open();
  EXPECT_EQ(expect(Users{database}.find("anna")).name, "anna");
}

TEST_F(DatabaseTest, ALockedDatabaseIsSaidAfterTheBusyTimeoutAndReadersDoNotWait) {
  Database first = open();
  add(first, "anna");
  Database second = open({.sync = Sync::Lazily, .busy_timeout = std::chrono::milliseconds{10}});
  auto held = expect(Transaction::begin(first));
  const auto refused = Users{second}.add({{.name = "bert"}, {}}, now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::Locked);
  EXPECT_EQ(expect(Users{second}.list()).size(), 1u);
  expect(held.commit());
  EXPECT_TRUE(Users{second}.add({{.name = "bert"}, {}}, now()));
}

TEST_F(DatabaseTest, OnAFullDiskNothingIsLostAndItGoesOnWhenThereIsRoom) {
  Database database = open();
  add(database, "anna");
  expect(database.run_script("PRAGMA max_page_count = 60"));
  EXPECT_EQ(fill(database, "a").cause, Cause::Full);
  const std::size_t count = expect(Users{database}.list()).size();
  EXPECT_GT(count, 1u);
  {
    auto transaction = expect(Transaction::begin(database));
    EXPECT_EQ(fill(database, "b").cause, Cause::Full);
  }
  EXPECT_EQ(expect(Users{database}.list()).size(), count) << "what a transaction began is undone";
  expect(database.run_script("PRAGMA max_page_count = 4000"));
  add(database, "bert");
}

TEST_F(DatabaseTest, WhatIsNotCommittedIsUndone) {
  Database database = open();
  {
    auto transaction = expect(Transaction::begin(database));
    add(database, "anna");
  }
  EXPECT_TRUE(expect(Users{database}.list()).empty());
}

TEST_F(DatabaseTest, AChangeByAnotherIsNoticedAndOneOfOursIsNot) {
  Database daemon = open(), command_line = open();
  const auto before = expect(daemon.version_of_others());
  add(daemon, "anna");
  EXPECT_EQ(expect(daemon.version_of_others()), before);
  add(command_line, "bert");
  EXPECT_NE(expect(daemon.version_of_others()), before);
}

TEST_F(DatabaseTest, ADamagedFileIsSaid) {
  {
    Database database = open();
    for (int i = 0; i < 200; ++i) add(database, fmt::format("user{}", i));
  }
  std::fstream content(file(), std::ios::in | std::ios::out | std::ios::binary);
  content.seekp(4096);
  content << std::string(16 * 4096, '\xa5');
  content.close();
  auto database = Database::open(file());
  const StoreError error = database ? Users{*database}.list().error() : database.error();
  EXPECT_EQ(error.cause, Cause::Damaged) << error.what;
}

}  // namespace
}  // namespace agilevpn::store
