#include "store/users.h"

#include "store/devices.h"
#include "store/log_ins.h"
#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

class UsersTest : public StoreTest {
 protected:
  UserId add_with(std::string name, std::string_view password) {
    auto kept = expect(StoredPassword::make(PasswordKind::Scrypt, secret(password), {nullptr, random_, {.log2_n = 4}}));
    return expect(users_.add({{.name = std::move(name)}, std::move(kept)}, now()));
  }
  std::optional<LoginUser> login(std::string_view name) { return expect(users_.find_for_login(name, now())); }
  static std::string password_text(const LoginUser& user) { return to_text(user.password->to_text().view()); }

  Database database_ = open();
  Users users_{database_};
  Groups groups_{database_};
  Devices devices_{database_};
  SeededRandom random_{1};
};

TEST_F(UsersTest, AUserIsFoundAsItWasAdded) {
  expect(groups_.add({.name = "staff"}));
  expect(users_.add(
      {{.name = "Anna", .group = "STAFF", .expires = day(2027, 1, 31), .devices_max = 3, .note = "room 4"}, {}},
      now()));
  const User anna = expect(users_.find("anna"));
  EXPECT_EQ(anna.name, "Anna");
  EXPECT_EQ(anna.group, "staff");
  EXPECT_EQ(anna.expires, day(2027, 1, 31));
  EXPECT_EQ(anna.devices_max, 3u);
  EXPECT_EQ(anna.note, "room 4");
  EXPECT_EQ(anna.created, now());
  EXPECT_EQ(anna.password, PasswordKind::None);
  EXPECT_TRUE(anna.is_enabled);
}

TEST_F(UsersTest, ANameIsThereOnceInWhateverLetters) {
  add(database_, "anna");
  const auto again = users_.add({{.name = "ANNA"}, {}}, now());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().cause, Cause::Taken);
  EXPECT_EQ(again.error().what, "there is a user ANNA already");
}

TEST_F(UsersTest, WhatCannotBeIsRefusedWithWhatToDo) {
  const auto help = [&](const User& user) { return users_.add({{user}, {}}, now()).error().help; };
  EXPECT_EQ(help({.name = "anna", .group = "staff"}), "make it with: agilevpn group add staff");
  EXPECT_FALSE(users_.add({{.name = "an na"}, {}}, now()));
  EXPECT_FALSE(users_.add({{.name = "anna", .devices_max = 0}, {}}, now()));
  EXPECT_FALSE(users_.add({{.name = "anna", .note = std::string(501, 'x')}, {}}, now()));
  EXPECT_FALSE(users_.add({{.name = "anna", .note = "a\nb"}, {}}, now()));
  EXPECT_EQ(users_.find("anna").error().help, "see: agilevpn user list");
}

TEST_F(UsersTest, AllFormsOfANameFindTheSameUser) {
  const UserId anna = add_with("anna", "pw");
  for (const char* form : {"anna", "ANNA", "CORP\\anna", "anna@example.org", "anna@other.org"}) {
    const auto found = login(form);
    ASSERT_TRUE(found) << form;
    EXPECT_EQ(found->id, anna);
    EXPECT_TRUE(check_password(*found, secret("pw"), nullptr));
    EXPECT_FALSE(check_password(*found, secret("Pw"), nullptr));
  }
  EXPECT_FALSE(login("bert"));
  EXPECT_FALSE(login(std::string(300, 'a')));
}

TEST_F(UsersTest, AnExactNameComesBeforeTheOneWithoutItsRealm) {
  const UserId plain = add(database_, "anna"), other = add(database_, "anna@other.org");
  EXPECT_EQ(login("anna@other.org")->id, other);
  EXPECT_EQ(login("anna@example.org")->id, plain);
}

TEST_F(UsersTest, WithoutAPasswordNoPasswordIsRight) {
  add(database_, "anna");
  EXPECT_FALSE(login("anna")->password);
  EXPECT_FALSE(check_password(*login("anna"), Secret{}, nullptr));
}

TEST_F(UsersTest, ADisabledUserIsFoundAndRefused) {
  const UserId bert = add(database_, "bert");
  EXPECT_EQ(login("bert")->refusal(), std::nullopt);
  expect(users_.set_enabled(bert, false));
  EXPECT_EQ(login("bert")->refusal(), "bert is disabled");
  EXPECT_EQ(expect(users_.find_for_login("bert", now()))->refusal(), "bert is disabled");
  expect(users_.set_enabled(bert, true));
  EXPECT_EQ(login("bert")->refusal(), std::nullopt);
}

TEST_F(UsersTest, AnExpiryIsTheLastDayThatCounts) {
  User bert{.id = add(database_, "bert"), .name = "bert", .expires = day(2026, 11, 23)};
  expect(users_.set(bert));
  const auto refusal = [&](WallTime time) { return expect(users_.find_for_login("bert", time))->refusal(); };
  EXPECT_EQ(refusal(day(2026, 11, 24) - std::chrono::seconds{1}), std::nullopt);
  EXPECT_EQ(refusal(day(2026, 11, 24)), "bert has expired");
}

TEST_F(UsersTest, ARemovedUserIsGoneAndItsNumberIsNotGivenAgain) {
  const UserId anna = add(database_, "anna");
  expect(LogIns{database_}.succeeded(anna, "192.0.2.1", now()));
  expect(users_.remove(anna));
  EXPECT_FALSE(login("anna"));
  EXPECT_FALSE(expect(users_.find_for_login("anna", now())));
  EXPECT_NE(add(database_, "anna"), anna);
  EXPECT_FALSE(expect(LogIns{database_}.find(anna)).success);
}

TEST_F(UsersTest, TheUsersDeviceLimitComesBeforeTheGroups) {
  expect(groups_.add({.name = "staff", .devices_max = 2}));
  User anna{.id = add(database_, "anna"), .name = "anna", .group = "staff"};
  expect(users_.set(anna));
  EXPECT_EQ(login("anna")->devices_max, 2u);
  anna.devices_max = 5;
  expect(users_.set(anna));
  EXPECT_EQ(login("anna")->devices_max, 5u);
}

TEST_F(UsersTest, AnotherPasswordReplacesTheFirstAndNoneIsLeftInTheFile) {
  const UserId anna = add_with("anna", "old");
  const std::string before = password_text(*login("anna"));
  expect(users_.set_password(
      anna, expect(StoredPassword::make(PasswordKind::Scrypt, secret("new"), {nullptr, random_, {.log2_n = 4}}))));
  EXPECT_FALSE(check_password(*login("anna"), secret("old"), nullptr));
  EXPECT_TRUE(check_password(*login("anna"), secret("new"), nullptr));
  expect(users_.set_password(anna, std::nullopt));
  EXPECT_FALSE(login("anna")->password);
}

// ---- devices

TEST_F(UsersTest, ADeviceHasItsOwnPasswordOrTheUsers) {
  const UserId anna = add_with("anna", "user");
  expect(devices_.add(
      anna,
      {"phone",
       {},
       expect(StoredPassword::make(PasswordKind::Scrypt, secret("phone"), {nullptr, random_, {.log2_n = 4}}))},
      now()));
  expect(devices_.add(anna, {"laptop", {}, {}}, now()));
  EXPECT_TRUE(check_password(*login("anna/phone"), secret("phone"), nullptr));
  EXPECT_FALSE(check_password(*login("anna/phone"), secret("user"), nullptr));
  EXPECT_TRUE(check_password(*login("anna/laptop"), secret("user"), nullptr));
  EXPECT_TRUE(check_password(*login("anna"), secret("user"), nullptr));
  EXPECT_EQ(login("CORP\\anna/PHONE")->device, "phone");
  EXPECT_FALSE(login("anna/toaster"));
}

TEST_F(UsersTest, ALostDeviceIsShutOutAndTheUserIsNot) {
  const UserId anna = add(database_, "anna");
  const Bytes certificate(32, std::byte{7});
  expect(devices_.add(anna, {"phone", certificate, {}}, now()));
  EXPECT_EQ(expect(users_.find_for_certificate(certificate, now()))->device, "phone");
  expect(devices_.set_enabled(anna, "phone", false));
  EXPECT_EQ(expect(users_.find_for_certificate(certificate, now()))->refusal(), "anna/phone is disabled");
  EXPECT_EQ(expect(users_.find_for_login("anna/phone", now()))->refusal(), "anna/phone is disabled");
  EXPECT_EQ(login("anna")->refusal(), std::nullopt);
  expect(devices_.remove(anna, "phone"));
  EXPECT_FALSE(expect(users_.find_for_certificate(certificate, now())));
  EXPECT_FALSE(expect(users_.find_for_login("anna/phone", now())));
}

TEST_F(UsersTest, ADevicesNameAndCertificateAreThereOnce) {
  const UserId anna = add(database_, "anna"), bert = add(database_, "bert");
  const Bytes certificate(32, std::byte{7});
  expect(devices_.add(anna, {"phone", certificate, {}}, now()));
  EXPECT_EQ(devices_.add(anna, {"Phone", {}, {}}, now()).error().cause, Cause::Taken);
  EXPECT_EQ(devices_.add(bert, {"phone", certificate, {}}, now()).error().cause, Cause::Taken);
  expect(devices_.add(bert, {"phone", {}, {}}, now()));
  EXPECT_FALSE(devices_.remove(bert, "toaster"));
}

TEST_F(UsersTest, AUserHasABoundedNumberOfDevices) {
  const UserId anna = add(database_, "anna");
  for (unsigned i = 0; i < limits::devices_max; ++i)
    expect(devices_.add(anna, {"d" + std::to_string(i), {}, {}}, now()));
  EXPECT_EQ(devices_.add(anna, {"more", {}, {}}, now()).error().cause, Cause::Refused);
}

TEST_F(UsersTest, ADeviceIsSeenWithTimeAndAddress) {
  const UserId anna = add(database_, "anna");
  expect(devices_.add(anna, {"phone", {}, {}}, now()));
  EXPECT_FALSE(expect(devices_.list(anna)).front().last_seen);
  expect(devices_.saw(anna, "Phone", "192.0.2.7", now()));
  const Device phone = expect(devices_.list(anna)).front();
  EXPECT_EQ(phone.last_seen, now());
  EXPECT_EQ(phone.last_address, "192.0.2.7");
}

// ---- log-ins

TEST_F(UsersTest, TheLastLogInsAreKeptAndFailuresCounted) {
  LogIns log_ins(database_);
  const UserId anna = add(database_, "anna");
  expect(log_ins.failed(anna, "192.0.2.1", "the password is wrong", now()));
  expect(log_ins.failed(anna, "192.0.2.2", std::string(1000, 'x'), now() + std::chrono::seconds{1}));
  LogInRecord record = expect(log_ins.find(anna));
  EXPECT_EQ(record.failures, 2u);
  EXPECT_EQ(record.failure_address, "192.0.2.2");
  EXPECT_EQ(record.failure_cause.size(), limits::cause_size_max);
  EXPECT_FALSE(record.success);
  expect(log_ins.succeeded(anna, "192.0.2.3", now() + std::chrono::seconds{2}));
  record = expect(log_ins.find(anna));
  EXPECT_EQ(record.failures, 0u);
  EXPECT_EQ(record.success, now() + std::chrono::seconds{2});
  EXPECT_EQ(record.failure, now() + std::chrono::seconds{1});
}

TEST_F(UsersTest, ALogInOfNobodyLeavesNoTrace) {
  EXPECT_FALSE(LogIns{database_}.failed(4711, "192.0.2.1", "x", now()));
}

}  // namespace
}  // namespace agilevpn::store
