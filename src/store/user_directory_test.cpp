#include "store/user_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "store/devices.h"
#include "store/log_ins.h"
#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Directory : public StoreTest {
 protected:
  Directory() { restart(); }
  void restart() {
    users.reset();
    auto opened = UserDirectory::open(directory_, nullptr);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    users = *std::move(opened);
  }

  gateway::Authorization authorize(const std::string& peer, const Bytes& fingerprint = {},
                                   const std::string& group = "default") {
    return users->authorize({.peer = ike::wire::Identity::parse(peer), .fingerprint = fingerprint, .group = group},
                            now());
  }
  gateway::Kept keep(std::uint8_t number, const std::string& owner, const std::string& device = {}) {
    return users->keep(
        {.owner = owner, .device = device, .leases = {{"ipv4", IpAddress::v4(10, 66, 0, number)}}, .firewall = {}},
        now());
  }
  std::vector<std::string> taken(WallTime when = now()) {
    std::vector<std::string> all;
    EXPECT_TRUE(users->take_leases(
        when, [&](const auto& lease, const auto& owner) { all.push_back(lease.address.to_string() + " " + owner); }));
    return all;
  }
  static std::string why(const gateway::Authorization& answer) { return answer ? "" : answer.error().reason; }

  std::unique_ptr<UserDirectory> users;
};

// ---- Passwords

class Passwords : public Directory {
 protected:
  UserId add_with(std::string name, const char* password) {
    auto kept = expect(StoredPassword::make(PasswordKind::Scrypt, secret(password), {nullptr, random_, {.log2_n = 4}}));
    return expect(Users{database_}.add({{.name = std::move(name)}, std::move(kept)}, now()));
  }
  std::string verdict(const char* name, const char* password) {
    const auto answer = users->begin_check(name, now()).run(secret(password));
    return answer ? answer->name : answer.error().reason;
  }

  SeededRandom random_{1};
  Database database_ = open();
};

TEST_F(Passwords, TheRightOneTellsWhoItIs) {
  add_with("anna", "right");
  EXPECT_EQ(verdict("ANNA", "right"), "anna");
  EXPECT_EQ(verdict("anna", "wrong"), "the password of anna is wrong");
  EXPECT_EQ(users->begin_check("anna", now()).run(secret("wrong")).error().cause, gateway::Refusal::WrongPassword);
}

TEST_F(Passwords, WhoeverIsRefusedWaitsAsLongAsOneWithAPassword) {
  expect(Users{database_}.set_enabled(add_with("bert", "right"), false));
  add(database_, "carl");
  const std::string nobodys{to_text(StoredPassword::nobodys().to_text().view())};
  EXPECT_TRUE(nobodys.starts_with("$scrypt$ln=15,r=8,p=1$")) << "the cost of a new one";
  for (const char* name : {"nobody", "bert", "carl"})
    EXPECT_EQ(to_text(users->begin_check(name, now()).kept.to_text().view()), nobodys) << name;
  EXPECT_EQ(verdict("nobody", "right"), "there is no user nobody");
  EXPECT_EQ(verdict("bert", "right"), "bert is disabled");
  EXPECT_EQ(verdict("carl", ""), "the password of carl is wrong");
}

// ---- Leases and who may come in

TEST_F(Directory, LeasesSurviveARestartThoseGivenBackLongestAgoFirst) {
  ASSERT_TRUE(keep(2, "anna"));
  ASSERT_TRUE(keep(3, "anna", "phone"));
  ASSERT_TRUE(keep(4, "bert"));
  users->note(gateway::ReturnLease{{"ipv4", IpAddress::v4(10, 66, 0, 4)}}, now());
  restart();
  EXPECT_THAT(taken(now() + std::chrono::hours{1}),
              ElementsAre("10.66.0.4 bert", "10.66.0.2 anna", "10.66.0.3 anna/phone"));
}

TEST_F(Directory, ALeaseOfNoPoolIsNotItsToKeep) {
  EXPECT_TRUE(users->keep(
      {.owner = "anna", .device = {}, .leases = {{"", IpAddress::v4(192, 0, 2, 1)}}, .firewall = {}}, now()));
  EXPECT_THAT(taken(), testing::IsEmpty());
}

TEST_F(Directory, WhoIsKeptIsFoundByNameAndByItsDevicesCertificate) {
  auto database = open();
  const auto anna = add(database, "anna");
  const Bytes fingerprint(32, std::byte{7});
  expect(Devices{database}.add(anna, {.name = "laptop", .fingerprint = fingerprint, .password = {}}, now()));
  EXPECT_EQ(authorize("anna@example.org")->user, "anna");
  EXPECT_EQ(authorize("anna@example.org")->id, anna);
  EXPECT_EQ(authorize("CN=whatever", fingerprint)->user, "anna");
  EXPECT_EQ(authorize("CN=whatever", fingerprint)->device, "laptop");
  EXPECT_EQ(authorize("bert@example.org")->user, "");
  expect(Devices{database}.set_enabled(anna, "laptop", false));
  EXPECT_EQ(why(authorize("CN=whatever", fingerprint)), "anna/laptop is disabled");
  EXPECT_EQ(why(authorize("anna@example.org")), "");
  expect(Users{database}.set_enabled(anna, false));
  EXPECT_EQ(why(authorize("anna@example.org")), "anna is disabled");
}

TEST_F(Directory, ATicketOfALoginThatWasEndedBringsNobodyBackForAsLongAsItCounts) {
  auto database = open();
  add(database, "anna");
  const auto resume = [&](const Bytes& login, WallTime when = now()) {
    gateway::Authorize question{.peer = ike::wire::Identity::parse("anna"), .fingerprint = {}, .group = "default"};
    question.resumed = login;
    return users->authorize(question, when);
  };
  EXPECT_TRUE(resume("0102"_hex));
  users->note(gateway::EndLogin{"0102"_hex, std::chrono::hours{12}}, now());
  restart();
  const auto refused = resume("0102"_hex);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, gateway::Refusal::TicketOutdated);
  EXPECT_THAT(refused.error().reason, HasSubstr("its session was ended"));
  EXPECT_FALSE(refused.error().is_trouble);
  EXPECT_TRUE(resume("0103"_hex)) << "of another login";
  EXPECT_TRUE(resume({})) << "with a password";
}

TEST_F(Directory, ARemovedUsersCertificateLetsNobodyInUntilThereIsOneOfThatNameAgain) {
  auto database = open();
  const Bytes fingerprint(32, std::byte{7});
  expect(Users{database}.remove(add(database, "Eva")));
  EXPECT_EQ(why(authorize("eva@example.org", fingerprint)),
            "the user eva@example.org was removed, and the certificate lets nobody in");
  EXPECT_EQ(why(authorize("eva")), "") << "whom a RADIUS server or a shared key proved";
  EXPECT_EQ(why(authorize("bert", fingerprint)), "") << "who was never a user";
  add(database, "eva");
  EXPECT_EQ(authorize("eva@example.org", fingerprint)->user, "eva");
}

TEST_F(Directory, TheGroupIsTheUsersOwnElseTheOneItsLoginFits) {
  auto database = open();
  expect(Groups{database}.add(
      {.name = "staff", .routes = {*IpPrefix::parse("10.20.0.0/16")}, .devices_max = 3, .firewall = "allow to any"}));
  auto anna = expect(Users{database}.find(add(database, "anna") != 0 ? "anna" : ""));
  EXPECT_EQ(authorize("anna", {}, "contractors")->group.name, "contractors");
  anna.group = "staff";
  anna.devices_max = 1;
  expect(Users{database}.set(anna));
  const auto answer = authorize("anna", {}, "contractors");
  EXPECT_EQ(answer->group.name, "staff");
  EXPECT_THAT(answer->group.routes, ElementsAre(*IpPrefix::parse("10.20.0.0/16")));
  EXPECT_EQ(answer->group.devices_max, 1u) << "the user's own";
  EXPECT_EQ(answer->group.firewall.size(), 1u);
  EXPECT_EQ(authorize("somebody", {}, "staff")->group.devices_max, 3u) << "who is nobody's user";
}

TEST_F(Directory, OfTheGroupsThatARadiusServerNamesTheFirstThatIsKeptCountsUnlessTheUserHasOne) {
  auto database = open();
  expect(Groups{database}.add({.name = "contractors", .devices_max = 2}));
  expect(Groups{database}.add({.name = "staff"}));
  const auto named = [&](const std::string& peer, std::vector<std::string> names) {
    return users->authorize(
        {.peer = ike::wire::Identity::parse(peer), .fingerprint = {}, .group = "sales", .named = std::move(names)},
        now());
  };
  const auto answer = named("somebody", {"guests", "Contractors", "staff"});
  EXPECT_EQ(answer->group.name, "contractors");
  EXPECT_EQ(answer->group.devices_max, 2u);
  EXPECT_THAT(answer->unknown, ElementsAre("guests"));
  EXPECT_EQ(named("somebody", {"guests", "sales"})->group.name, "sales") << "that of the configuration";
  auto anna = expect(Users{database}.find(add(database, "anna") != 0 ? "anna" : ""));
  EXPECT_EQ(named("anna", {"contractors"})->group.name, "contractors") << "she is in the group default";
  anna.group = "staff";
  expect(Users{database}.set(anna));
  EXPECT_EQ(named("anna", {"contractors"})->group.name, "staff");
  EXPECT_THAT(named("anna", {"guests"})->unknown, testing::IsEmpty()) << "nobody has looked";
}

TEST_F(Directory, SaysWhichRoutesOfGroupsOverlapNetworksBehindAClient) {
  auto database = open();
  expect(Groups{database}.add(
      {.name = "staff", .routes = {*IpPrefix::parse("10.20.0.0/16"), *IpPrefix::parse("10.30.0.0/16")}}));
  const auto answer =
      users->authorize({.peer = ike::wire::Identity::parse("eve"),
                        .fingerprint = {},
                        .group = "default",
                        .behind = {*IpPrefix::parse("192.168.1.0/24"), *IpPrefix::parse("10.30.7.0/24")}},
                       now());
  ASSERT_THAT(answer->overlapping, testing::SizeIs(1));
  EXPECT_EQ(answer->overlapping[0].group, "staff");
  EXPECT_EQ(answer->overlapping[0].route, *IpPrefix::parse("10.30.0.0/16"));
}

TEST_F(Directory, CountsTheChangesOfAPasswordWhoseeverItIs) {
  auto database = open();
  const auto anna = add(database, "anna");
  expect(Devices{database}.add(anna, {.name = "phone", .fingerprint = {}, .password = {}}, now()));
  add(database, "bert");
  EXPECT_EQ(authorize("anna")->password_changes, 0);
  expect(Users{database}.set_password(anna, std::nullopt));
  EXPECT_EQ(authorize("anna")->password_changes, 1);
  expect(Devices{database}.set_password(anna, "phone", std::nullopt));
  EXPECT_EQ(authorize("anna/phone")->password_changes, 2);
  EXPECT_EQ(authorize("anna")->password_changes, 1);
  EXPECT_EQ(authorize("bert")->password_changes, 0);
}

TEST_F(Directory, SaysWhichGroupASessionIsOrderedInto) {
  auto database = open();
  expect(Groups{database}.add({.name = "quarantine", .firewall = "deny to any"}));
  EXPECT_EQ(users->find(gateway::FindGroup{1, {"guests", "quarantine"}})->value().firewall.size(), 1u);
  EXPECT_FALSE(users->find(gateway::FindGroup{2, {"guests"}})->has_value());
}

TEST_F(Directory, AFirewallThatSomebodysHandHasBrokenLetsNobodyIn) {
  auto database = open();
  expect(Groups{database}.add({.name = "staff", .firewall = "let everybody in"}));
  const auto answer = authorize("somebody", {}, "staff");
  EXPECT_THAT(why(answer), HasSubstr("the firewall of group staff cannot be read: line 1"));
  EXPECT_TRUE(answer.error().is_trouble);
}

TEST_F(Directory, LogInsAreNotedHoweverTheUserProvedItself) {
  auto database = open();
  const auto anna = add(database, "anna");
  const Bytes fingerprint(32, std::byte{7});
  expect(Devices{database}.add(anna, {.name = "laptop", .fingerprint = fingerprint, .password = {}}, now()));
  const auto from = IpAddress::v4(192, 0, 2, 1);
  users->note(gateway::NoteLogin{.peer = ike::wire::Identity::parse("CN=whatever"),
                                 .fingerprint = fingerprint,
                                 .device = {},
                                 .from = from,
                                 .failure = "its signature is wrong"},
              now());
  users->note(gateway::NoteLogin{.peer = ike::wire::Identity::parse("nobody"),
                                 .fingerprint = {},
                                 .device = {},
                                 .from = from,
                                 .failure = "no such user"},
              now());
  EXPECT_EQ(expect(LogIns{database}.find(anna)).failure_cause, "its signature is wrong");
  users->note(
      gateway::NoteLogin{.peer = {}, .fingerprint = {}, .user = anna, .device = "laptop", .from = from, .failure = {}},
      now());
  const auto log_ins = expect(LogIns{database}.find(anna));
  EXPECT_EQ(log_ins.success_address, "192.0.2.1");
  EXPECT_EQ(log_ins.failures, 0u);
  EXPECT_EQ(expect(Devices{database}.list(anna)).at(0).last_address, "192.0.2.1");
}

TEST_F(Directory, ItsOwnChangesAreNoNews) {
  auto database = open();
  EXPECT_FALSE(users->has_changed());
  ASSERT_TRUE(keep(2, "anna"));
  EXPECT_FALSE(users->has_changed());
  add(database, "bert");
  EXPECT_TRUE(users->has_changed());
  EXPECT_FALSE(users->has_changed());
}

TEST_F(Directory, WhileAnotherProgramWritesNothingIsLeasedAndTheReasonIsSaid) {
  auto database = open();
  add(database, "anna");
  auto transaction = expect(Transaction::begin(database));
  EXPECT_TRUE(authorize("anna")) << "reading waits for nobody";
  const auto kept = keep(2, "anna");
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error(), HasSubstr("its lease cannot be kept: "));
  expect(transaction.commit());
  EXPECT_TRUE(keep(2, "anna"));
}

TEST_F(Directory, ADamagedDatabaseIsTroubleAndNobodysFault) {
  {
    auto database = open();
    add(database, "anna");
    expect(database.run_script("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const auto size = std::filesystem::file_size(file());
  std::fstream damaged(file(), std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(4096);
  damaged << std::string(size - 4096, '\xff');
  damaged.close();
  const auto answer = authorize("anna");
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is_trouble) << answer.error().reason;
  const auto found = users->find(gateway::FindUser{.name = "anna"}, now());
  ASSERT_FALSE(found);
  EXPECT_TRUE(found.error().is_trouble);
  EXPECT_FALSE(keep(2, "anna"));
}

}  // namespace
}  // namespace agilevpn::store
