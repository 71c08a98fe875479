#include "store/stored_password.h"

#include <gtest/gtest.h>

#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

class StoredPasswordTest : public testing::Test {
 protected:
  StoredPassword make(PasswordKind kind, std::string_view password) {
    return expect(StoredPassword::make(kind, secret(password), hashing_));
  }
  static std::string text(const StoredPassword& password) { return to_text(password.to_text().view()); }

  crypto::MsChap mschap_ = crypto::MsChap::load().value();
  SeededRandom random_{1};
  PasswordHashing hashing_{.mschap = &mschap_, .random = random_, .cost = {.log2_n = 4}};
};

TEST_F(StoredPasswordTest, AnNtHashIsWhatRfc2759SaysAndChecks) {  // RFC 2759 §9.2
  const auto kept = make(PasswordKind::NtHash, "clientPass");
  EXPECT_EQ(text(kept), "$nt$44ebba8d5312b8d611474411f56989ae");
  EXPECT_EQ(to_hex(kept.nt_hash()->view()), "44ebba8d5312b8d611474411f56989ae");
  EXPECT_TRUE(kept.check(secret("clientPass"), &mschap_));
  EXPECT_FALSE(kept.check(secret("clientpass"), &mschap_));
  EXPECT_FALSE(kept.check(secret("clientPass"), nullptr)) << "MSCHAPv2 is switched off";
}

TEST_F(StoredPasswordTest, ScryptSaysItsCostAndChecks) {
  const auto kept = make(PasswordKind::Scrypt, "p\xc3\xa4ss");
  EXPECT_EQ(text(kept).find("$scrypt$ln=4,r=8,p=1$"), 0u);
  EXPECT_EQ(kept.nt_hash(), nullptr);
  const auto again = expect(StoredPassword::parse(kept.to_text()));
  EXPECT_EQ(text(again), text(kept));
  EXPECT_TRUE(again.check(secret("p\xc3\xa4ss"), nullptr));
  EXPECT_FALSE(again.check(secret("pass"), nullptr));
}

TEST_F(StoredPasswordTest, TheSamePasswordIsKeptDifferentlyEachTime) {
  EXPECT_NE(text(make(PasswordKind::Scrypt, "a")), text(make(PasswordKind::Scrypt, "a")));
}

TEST_F(StoredPasswordTest, ByDefaultAGuessCosts32MiB) {
  EXPECT_EQ(crypto::ScryptCost{}, (crypto::ScryptCost{.log2_n = 15, .r = 8, .p = 1}));
}

TEST_F(StoredPasswordTest, WhatIsNoPasswordIsRefused) {
  for (const PasswordKind kind : {PasswordKind::NtHash, PasswordKind::Scrypt}) {
    for (const std::string& bad : {std::string(), std::string("a\nb"), std::string("\xff"), std::string(769, 'a')}) {
      EXPECT_FALSE(StoredPassword::make(kind, secret(bad), hashing_)) << bad;
    }
  }
  EXPECT_FALSE(StoredPassword::make(PasswordKind::NtHash, secret(std::string(257, 'a')), hashing_));
  EXPECT_FALSE(StoredPassword::make(PasswordKind::NtHash, secret("a"), {.mschap = nullptr, .random = random_}));
}

TEST_F(StoredPasswordTest, ADamagedOneIsAnErrorAndLetsNobodyIn) {
  for (const char* bad : {"", "secret", "$nt$", "$nt$44", "$nt$zz", "$scrypt$", "$scrypt$ln=4,r=8,p=1$00",
                          "$scrypt$ln=4,r=8,p=1$00$00", "$scrypt$ln=x,r=8,p=1$00$00", "$argon2$x"}) {
    const auto parsed = StoredPassword::parse(secret(bad));
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().cause, Cause::Damaged);
  }
}

TEST_F(StoredPasswordTest, ACostThatWouldTakeAllMemoryLetsNobodyIn) {
  const auto parsed = expect(StoredPassword::parse(secret("$scrypt$ln=30,r=8,p=1$00$" + std::string(64, '0'))));
  EXPECT_FALSE(parsed.check(secret(""), nullptr));
}

}  // namespace
}  // namespace agilevpn::store
