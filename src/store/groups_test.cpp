#include "store/groups.h"

#include <gmock/gmock.h>

#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

class GroupsTest : public StoreTest {
 protected:
  Database database_ = open();
  Groups groups_{database_};
};

TEST_F(GroupsTest, DefaultIsAlwaysThere) {
  EXPECT_EQ(expect(groups_.find("Default")), Group{.name = "default"});
  EXPECT_FALSE(groups_.remove("default"));
}

TEST_F(GroupsTest, AGroupIsFoundAsItWasMade) {
  const Group staff{.name = "staff",
                    .routes = {*IpPrefix::parse("10.20.0.0/16"), *IpPrefix::parse("fd20::/64")},
                    .dns = {*IpAddress::parse("10.20.0.53")},
                    .domains = {"corp.example.org", "lan"},
                    .pools = {"ipv4"},
                    .methods = {"eap-tls", "peap"},
                    .idle_timeout = std::chrono::seconds{900},
                    .devices_max = 3,
                    .firewall = "allow 10.20.5.0/24:443/tcp\n"};
  expect(groups_.add(staff));
  EXPECT_EQ(expect(groups_.find("STAFF")), staff);
  Group changed = staff;
  changed.routes.clear();
  changed.idle_timeout = std::nullopt;
  expect(groups_.set(changed));
  EXPECT_EQ(expect(groups_.find("staff")), changed);
  EXPECT_EQ(expect(groups_.list()).size(), 2u);
}

TEST_F(GroupsTest, AGroupWithUsersIsNotRemoved) {
  expect(groups_.add({.name = "staff"}));
  const UserId anna = expect(Users{database_}.add({{.name = "anna", .group = "staff"}, {}}, now()));
  EXPECT_EQ(groups_.remove("staff").error().what, "group staff has 1 user");
  expect(Users{database_}.remove(anna));
  expect(groups_.remove("staff"));
  EXPECT_FALSE(groups_.find("staff"));
}

TEST_F(GroupsTest, AnUnknownGroupIsAnsweredWithTheKnownOnes) {
  expect(groups_.add({.name = "staff"}));
  EXPECT_EQ(groups_.find("staf").error().help, "there are: default, staff");
  EXPECT_FALSE(groups_.set({.name = "staf"}));
  EXPECT_FALSE(groups_.remove("staf"));
}

TEST_F(GroupsTest, WhatCannotBeIsRefused) {
  expect(groups_.add({.name = "staff"}));
  EXPECT_EQ(groups_.add({.name = "Staff"}).error().cause, Cause::Taken);
  EXPECT_THAT(groups_.add({.name = "a", .methods = {"pap"}}).error().help, testing::HasSubstr("eap-mschapv2"));
  for (const Group& bad :
       {Group{.name = "a b"}, Group{.name = "a", .domains = {"a b"}}, Group{.name = "a", .pools = {""}},
        Group{.name = "a", .idle_timeout = std::chrono::seconds{-1}}, Group{.name = "a", .devices_max = 0},
        Group{.name = "a", .devices_max = 101}, Group{.name = "a", .firewall = std::string(65537, 'x')},
        Group{.name = "a", .domains = std::vector<std::string>(65, "a")}}) {
    const auto refused = groups_.add(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().cause, Cause::Refused);
  }
}

}  // namespace
}  // namespace agilevpn::store
