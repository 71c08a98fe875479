#include "gateway/guessing.h"

#include <gtest/gtest.h>

#include "gateway/limits.h"

namespace agilevpn::gateway {
namespace {

const IpAddress office = IpAddress::v4(192, 0, 2, 1);
const IpAddress elsewhere = IpAddress::v4(198, 51, 100, 7);

class PasswordGuessing : public testing::Test {
 protected:
  void fail(int times, const std::string& user, const IpAddress& source) {
    for (int i = 0; i < times; ++i) guessing.note_try(now, user, source);
  }
  Guessing guessing;
  Instant now{1h};
};

TEST_F(PasswordGuessing, TyposCostNothing) {
  fail(limits::typos - 1, "anna", office);
  EXPECT_EQ(guessing.delay(now, "anna", office), 0s);
}

TEST_F(PasswordGuessing, TheWaitDoublesUpToALimit) {
  fail(limits::typos, "anna", office);
  EXPECT_EQ(guessing.delay(now, "anna", office), 1s);
  fail(1, "anna", office);
  EXPECT_EQ(guessing.delay(now, "anna", office), 2s);
  fail(100, "anna", office);
  EXPECT_EQ(guessing.delay(now, "anna", office), limits::guess_delay_longest);
}

TEST_F(PasswordGuessing, AnHonestUserBehindTheSameNatWaitsForNobody) {
  fail(limits::typos + 1, "anna", office);
  EXPECT_EQ(guessing.delay(now, "bob", office), 0s);
}

TEST_F(PasswordGuessing, GuessesFromManyPlacesSlowThatNameALittle) {
  for (std::uint8_t i = 1; i <= 200; ++i) fail(1, "anna", IpAddress::v4(203, 0, 113, i));
  EXPECT_EQ(guessing.delay(now, "anna", elsewhere), limits::guess_delay_of_user);
  EXPECT_EQ(guessing.delay(now, "bob", elsewhere), 0s);
}

TEST_F(PasswordGuessing, ManyNamesFromOnePlaceSlowThatPlace) {
  for (int i = 0; i < 100; ++i) fail(1, "user" + std::to_string(i), office);
  EXPECT_EQ(guessing.delay(now, "carol", office), limits::guess_delay_of_network);
  EXPECT_EQ(guessing.delay(now, "carol", elsewhere), 0s);
}

TEST_F(PasswordGuessing, OnePlaceIsASixtyFourOfIpv6) {
  fail(limits::typos, "anna", *IpAddress::parse("2001:db8:1:2::1"));
  EXPECT_GT(guessing.delay(now, "anna", *IpAddress::parse("2001:db8:1:2:ffff::9")), 0s);
  EXPECT_EQ(guessing.delay(now, "anna", *IpAddress::parse("2001:db8:1:3::1")), 0s);
}

TEST_F(PasswordGuessing, TheRightPasswordAndTimeForgetIt) {
  fail(limits::typos, "anna", office);
  guessing.note_success("anna", office);
  EXPECT_EQ(guessing.delay(now, "anna", office), 0s);
  fail(limits::typos, "anna", office);
  now += limits::guess_memory;
  EXPECT_EQ(guessing.delay(now, "anna", office), 0s);
}

TEST_F(PasswordGuessing, AnotherWayToTypeTheNameIsTheSameName) {
  for (const char* typed : {"anna", "CORP\\Anna", "ANNA@example.org"}) fail(1, typed, office);
  for (const char* typed : {"anna", "x\\anna", "anna/phone", "anna/tablet@example.org"})
    EXPECT_EQ(guessing.delay(now, typed, office), 1s) << typed;
  EXPECT_EQ(guessing.delay(now, "annabel", office), 0s);
}

TEST_F(PasswordGuessing, WhoAlwaysSucceedsLeavesNoTrace) {
  for (int i = 0; i < 1000; ++i) {
    fail(1, "anna", office);
    guessing.note_success("anna", office);
  }
  EXPECT_EQ(guessing.delay(now, "anna", elsewhere), 0s);
  EXPECT_EQ(guessing.delay(now, "bob", office), 0s);
}

TEST_F(PasswordGuessing, WithAccentsToo) {
  for (const char* typed : {"zoë", "ZOË", "Zoë@example.org"}) fail(1, typed, office);
  EXPECT_EQ(guessing.delay(now, "zoË", office), 1s);
}

TEST_F(PasswordGuessing, WhoHasNoNameIsSlowedWithItsNetworkOnly) {
  fail(limits::typos, "anna", office);
  for (const char* nobody : {"@example.org", "", "CORP\\"})
    EXPECT_EQ(guessing.delay(now, nobody, office), 0s) << nobody;
  fail(limits::guesses_from_network, "@example.org", office);
  EXPECT_GT(guessing.delay(now, "@example.org", office), 0s);
  EXPECT_EQ(guessing.delay(now, "@example.org", elsewhere), 0s);
  for (int i = 0; i < limits::guesses_from_network; ++i) guessing.note_success("@example.org", office);
  EXPECT_EQ(guessing.delay(now, "@example.org", office), 0s);
}

TEST_F(PasswordGuessing, NamesThatAreMadeUpPushNobodysCountOut) {
  fail(limits::typos, "anna", office);
  fail(1, "bob", office);
  for (std::size_t i = 0; i < 2 * limits::guesses_kept; ++i, now += 1us) fail(1, "name" + std::to_string(i), elsewhere);
  EXPECT_EQ(guessing.delay(now, "anna", office), 1s);
  EXPECT_GT(guessing.delay(now, "anybody", elsewhere), 0s);
  fail(limits::typos - 1, "bob", office);
  EXPECT_EQ(guessing.delay(now, "bob", office), 0s) << "one try of long ago: it was forgotten for room";
}

}  // namespace
}  // namespace agilevpn::gateway
