// Who has proved who it is: what its owner's group gives it, its leases, and how it loses its session again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/roles/roles_world.h"

namespace agilevpn::roles {
namespace {

using client::State;
using gateway::Authorization;
using gateway::Authorize;
using gateway::Authorized;
using gateway::NoUser;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A gateway whose owner keeps anna, by her certificate, and everything that it is told.
class Authorizing : public testing::Test {
 protected:
  Authorizing() { start(); }

  void start(gateway::Uniqueness uniqueness = gateway::Uniqueness::Keep) {
    gateway::Config config = w.config();
    config.uniqueness = uniqueness;
    w.start_gateway(std::move(config));
    w.gateway_->authorize = [this](const Authorize& question) { return authorize(question); };
    w.gateway_->keep = [this](const gateway::KeepLeases& leases) -> gateway::Kept {
      if (!why_not_kept.empty()) return Failure{why_not_kept};
      for (const auto& lease : leases.leases) kept.push_back({leases.owner, lease});
      return {};
    };
    w.gateway_->on_note = [this](const gateway::UserQuestion& note) {
      if (const auto* login = std::get_if<gateway::NoteLogin>(&note)) logins.push_back(login->failure);
      if (const auto* lease = std::get_if<gateway::ReturnLease>(&note)) returned.push_back(lease->lease.address);
      if (const auto* set = std::get_if<gateway::SetFirewall>(&note)) firewalls.push_back(*set);
    };
  }

  Authorization authorize(const Authorize& question) {
    asked.push_back(question);
    if (!refusal.reason.empty()) return Failure{refusal};
    if (question.peer.to_string() != "anna@example.org") return Authorized{.group = {.name = question.group}};
    return Authorized{.user = "anna", .id = id, .device = device, .group = group};
  }
  // Another device of anna's, connected.
  std::unique_ptr<sim::ClientHost> another(const char* who = "anna@example.org", bool says_it_is_the_only_one = false) {
    client::Profile profile = w.profile();
    profile.is_only_device = says_it_is_the_only_one;
    const auto credentials = sim::Credentials::with_certificate(who);
    profile.local = credentials.identity;
    profile.auth = credentials.local_auth();
    auto added = w.add_client(w.lan, std::move(profile), credentials.trust());
    w.world.run_for(2s);
    return added;
  }
  void connect() {
    w.start_client();
    w.run_until(State::Connected, 5s);
    w.world.run_for(1s);
  }
  void recheck() {
    w.gateway([](gateway::Gateway& gateway, Instant now) { gateway.recheck(now); });
    w.world.run_for(1s);
  }
  std::string ending() const {
    const auto* ended = w.gateway_said.last<gateway::SessionEnded>();
    return ended ? ended->reason : "";
  }

  RolesWorld w;
  gateway::Group group{.name = "staff"};
  std::int64_t id = 7;
  std::string device;
  NoUser refusal;
  std::string why_not_kept;
  std::vector<Authorize> asked;
  std::vector<std::pair<std::string, gateway::LeasedAddress>> kept;
  std::vector<IpAddress> returned;
  std::vector<std::string> logins;
  std::vector<gateway::SetFirewall> firewalls;
};

TEST_F(Authorizing, IsAskedWithTheCertificateThatWasProvedAndTheGroupThatItFits) {
  connect();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].peer.to_string(), "anna@example.org");
  EXPECT_THAT(asked[0].fingerprint, SizeIs(32));
  EXPECT_EQ(asked[0].group, "staff");
  EXPECT_EQ(w.sessions().at(0).user, "anna");
  EXPECT_THAT(logins, ElementsAre(""));
}

TEST_F(Authorizing, TheOwnersGroupCountsOverTheConfigurations) {
  group.routes = {*IpPrefix::parse("192.168.0.0/16")};
  group.dns = {IpAddress::v4(192, 168, 10, 53)};
  group.idle_timeout = 10min;
  connect();
  ASSERT_TRUE(w.tunnel());
  EXPECT_THAT(w.tunnel()->routes, ElementsAre(*IpPrefix::parse("192.168.0.0/16")));
  EXPECT_THAT(w.tunnel()->dns, ElementsAre(IpAddress::v4(192, 168, 10, 53)));
  EXPECT_THAT(w.tunnel()->domains, ElementsAre("corp.example.org")) << "of which the group says nothing";
  w.world.run_for(11min);
  EXPECT_EQ(ending(), "idle for 600 s");
}

TEST_F(Authorizing, AMethodThatTheGroupDoesNotTakeIsRefusedByName) {
  group.methods = {"eap-tls"};
  connect();
  EXPECT_NE(w.state(), State::Connected);
  EXPECT_THAT(w.gateway_said.last<gateway::PeerRefused>()->reason,
              HasSubstr("by certificate, and group staff takes only eap-tls"));
  EXPECT_THAT(logins.at(0), HasSubstr("group staff"));
}

TEST_F(Authorizing, WhoIsDisabledDoesNotComeInEvenWithAGoodCertificate) {
  refusal = {.reason = "anna is disabled"};
  connect();
  EXPECT_NE(w.state(), State::Connected);
  EXPECT_THAT(w.sessions(), IsEmpty());
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->reason, "anna is disabled");
  EXPECT_THAT(kept, IsEmpty());
}

TEST_F(Authorizing, NorDoesOneThatAsksForNoAddresses) {
  refusal = {.reason = "anna is disabled"};
  client::Profile profile = w.profile();
  profile.requests_ipv4 = profile.requests_ipv6 = false;
  w.start_client(std::move(profile), sim::Credentials::with_certificate("anna@example.org").trust());
  w.world.run_for(5s);
  EXPECT_THAT(asked, testing::Not(IsEmpty()));
  EXPECT_THAT(w.sessions(), IsEmpty());
}

TEST_F(Authorizing, ALeaseThatCannotBeKeptIsNotGiven) {
  why_not_kept = "the disk is full";
  connect();
  EXPECT_NE(w.state(), State::Connected);
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->reason, "the disk is full");
  EXPECT_THAT(returned, testing::Not(IsEmpty()));
  EXPECT_THAT(logins, testing::Each("the disk is full"));
}

// RFC 7296 §2.4: INITIAL_CONTACT, or one session for each identity.
class ComingAnew : public Authorizing {
 protected:
  ComingAnew() {
    start(gateway::Uniqueness::Replace);
    group.devices_max = 1;
    connect();
  }
  static IpAddress address() { return IpAddress::v4(10, 66, 0, 2); }
};

TEST_F(ComingAnew, TheOlderSessionKeepsAllThatItHasUntilTheNewOneIsCertain) {
  why_not_kept = "the disk is full";
  const auto second = another();
  EXPECT_NE(second->role().state(), State::Connected);
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->reason, "the disk is full");
  EXPECT_THAT(w.sessions(), SizeIs(1));
  EXPECT_TRUE(w.ping());
  EXPECT_THAT(returned, testing::Not(testing::Contains(address())));
  why_not_kept.clear();
  const auto bert = another("bert@example.org");
  EXPECT_NE(bert->role().session().ike_sa->lease->ipv4, address());
}

TEST_F(ComingAnew, ANewSessionThatFailsLateLeavesTheOlderOneItsFirewall) {
  group.name = "guests";
  group.firewall = *gateway::parse_firewall("deny to any");
  why_not_kept = "the disk is full";
  const auto second = another();
  EXPECT_NE(second->role().state(), State::Connected);
  ASSERT_THAT(firewalls, testing::Not(IsEmpty()));
  for (const auto& set : firewalls) {
    EXPECT_THAT(set.addresses, testing::Contains(address()));
    EXPECT_THAT(set.firewall, IsEmpty()) << "what staff may, of whom the older session is";
  }
}

TEST_F(ComingAnew, TheNewSessionHasTheOlderOnesAddressWithoutAMomentInWhichItIsNobodys) {
  const auto second = another();
  ASSERT_EQ(second->role().state(), State::Connected);
  EXPECT_EQ(second->role().session().ike_sa->lease->ipv4, address());
  EXPECT_EQ(ending(), "the same peer connected anew");
  EXPECT_THAT(returned, IsEmpty());
  second->command([](client::Connection& connection, Instant now) { connection.down(now); });
  w.world.run_for(1s);
  EXPECT_THAT(returned, testing::Contains(address()));
}

// RFC 7296 §2.4: INITIAL_CONTACT says that the peer's other sessions are dead.
class SayingThatItIsTheOnlyOne : public Authorizing {
 protected:
  static IpAddress address() { return IpAddress::v4(10, 66, 0, 2); }
  std::unique_ptr<sim::ClientHost> only() { return another("anna@example.org", true); }
};

TEST_F(SayingThatItIsTheOnlyOne, AnotherThatAnswersStays) {
  connect();
  const auto second = only();
  w.world.run_for(1s);
  ASSERT_EQ(second->role().state(), State::Connected);
  EXPECT_NE(second->role().session().ike_sa->lease->ipv4, address());
  EXPECT_THAT(w.sessions(), SizeIs(2));
  EXPECT_TRUE(w.ping());
  const auto third = only();
  w.world.run_for(1s);
  EXPECT_THAT(w.sessions(), SizeIs(3));
  EXPECT_EQ(w.state(), State::Connected);
  EXPECT_EQ(second->role().state(), State::Connected);
}

TEST_F(SayingThatItIsTheOnlyOne, AnotherThatDoesNotAnswerIsReplacedAndItsAddressIsTheNewOnes) {
  connect();
  w.eth0.unplug();
  w.eth1.unplug();
  const auto second = only();
  w.world.run_for(1s);
  ASSERT_EQ(second->role().state(), State::Connected);
  EXPECT_EQ(second->role().session().ike_sa->lease->ipv4, address());
  EXPECT_THAT(w.sessions(), SizeIs(1));
  EXPECT_EQ(ending(), "the same peer connected anew");
}

TEST_F(SayingThatItIsTheOnlyOne, WhoIsNotAnsweredForIsOneDeviceMore) {
  group.devices_max = 1;
  connect();
  const auto second = only();
  w.world.run_for(1s);
  EXPECT_NE(second->role().state(), State::Connected);
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->cause, gateway::Refusal::TooManyDevices);
  EXPECT_TRUE(w.ping());
}

TEST_F(Authorizing, AfterARestartEverybodyHasItsAddressAgainWhoeverComesFirst) {
  connect();
  const auto bert = another("bert@example.org");
  EXPECT_EQ(w.session().ike_sa->lease->ipv4, IpAddress::v4(10, 66, 0, 2));
  w.stop_gateway();
  start();
  w.gateway([&](gateway::Gateway& gateway, Instant) {
    for (const auto& [owner, lease] : kept) gateway.restore_lease(lease, owner);
  });
  const auto carl = another("carl@example.org");
  w.world.run_until([&] { return w.sessions().size() == 3; }, 3min);
  ASSERT_THAT(w.sessions(), SizeIs(3));
  for (const auto& session : w.sessions()) {
    const std::string who = session.peer.to_string(), had = session.ike_sa->lease->ipv4->to_string();
    EXPECT_EQ(had, who[0] == 'a' ? "10.66.0.2" : who[0] == 'b' ? "10.66.0.3" : "10.66.0.4") << who;
  }
}

TEST_F(Authorizing, DevicesWithNamesHaveTheirOwnAddressesEach) {
  device = "laptop";
  connect();
  device = "phone";
  const auto phone = another();
  EXPECT_THAT(kept, SizeIs(2));
  EXPECT_NE(kept[0].second.address, kept[1].second.address);
  EXPECT_EQ(w.sessions().size(), 2u);
}

TEST_F(Authorizing, WhoIsRefusedLaterLosesItsSessionAndTheOthersStay) {
  connect();
  const auto bert = another("bert@example.org");
  recheck();
  EXPECT_THAT(w.sessions(), SizeIs(2));
  EXPECT_THAT(w.gateway_->role().warnings(), IsEmpty());
  w.gateway_->authorize = [](const Authorize& question) -> Authorization {
    if (question.peer.to_string() == "anna@example.org") return Failure{NoUser{.reason = "anna has expired"}};
    return Authorized{.group = {.name = question.group}};
  };
  recheck();
  EXPECT_EQ(ending(), "anna has expired");
  ASSERT_THAT(w.sessions(), SizeIs(1));
  EXPECT_EQ(w.sessions()[0].peer.to_string(), "bert@example.org");
}

TEST_F(Authorizing, AUserWhoWasRemovedAndMadeAnewIsSomebodyElse) {
  connect();
  id = 8;
  recheck();
  EXPECT_THAT(ending(), HasSubstr("anna is not kept any more"));
}

TEST_F(Authorizing, ADeviceThatIsForgottenLosesItsSession) {
  device = "phone";
  connect();
  device.clear();
  recheck();
  EXPECT_THAT(ending(), HasSubstr("anna/phone is not kept any more"));
}

TEST_F(Authorizing, TroubleWithTheDiskEndsNobodysSession) {
  connect();
  refusal = {.reason = "the database is damaged", .is_trouble = true};
  recheck();
  EXPECT_THAT(w.sessions(), SizeIs(1));
  EXPECT_TRUE(w.ping());
  const auto bert = another("bert@example.org");
  EXPECT_THAT(w.sessions(), SizeIs(1));
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->reason, "the database is damaged");
}

TEST_F(Authorizing, OneDeviceTooManyIsRefusedUntilAnotherIsAsleep) {
  group.devices_max = 2;
  connect();
  const auto second = another();
  EXPECT_THAT(w.sessions(), SizeIs(2));
  const auto third = another();
  EXPECT_THAT(w.sessions(), SizeIs(2));
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->reason,
            "anna may have 2 devices at a time, and all of them are connected");
  const auto first = w.sessions()[0].id;
  w.stop_client();  // It crashes.
  w.world.run_for(3min);
  EXPECT_THAT(w.sessions(), SizeIs(2));
  third->command([](client::Connection& connection, Instant now) { connection.up(now); });
  w.world.run_for(5s);
  EXPECT_EQ(third->role().state(), State::Connected);
  EXPECT_EQ(second->role().state(), State::Connected);
  for (const auto& session : w.sessions()) EXPECT_NE(session.id, first);
}

TEST_F(Authorizing, OtherRulesOfTheFirewallReachThoseWhoAreIn) {
  connect();
  recheck();
  EXPECT_THAT(firewalls, IsEmpty());
  group.firewall = *gateway::parse_firewall("allow to 10.0.0.0/8");
  recheck();
  ASSERT_THAT(firewalls, SizeIs(1));
  EXPECT_EQ(firewalls[0].firewall, group.firewall);
  EXPECT_THAT(firewalls[0].addresses, ElementsAre(IpAddress::v4(10, 66, 0, 2)));
  recheck();
  EXPECT_THAT(firewalls, SizeIs(1)) << "they are set";
}

TEST_F(Authorizing, AnExhaustedPoolIsSaidInTheLogAndAsAWarning) {
  gateway::Config config = w.config();
  config.pools.front().prefix = *IpPrefix::parse("10.66.0.0/30");
  w.start_gateway(std::move(config));
  connect();
  const auto bert = another("bert@example.org");
  const std::string sentence = "pool office (10.66.0.0/30) is exhausted: its one address is leased";
  EXPECT_EQ(w.gateway_said.last<gateway::PeerRefused>()->reason, sentence);
  EXPECT_THAT(w.gateway_->role().warnings(), ElementsAre(sentence));
  w.client([](client::Connection& connection, Instant now) { connection.down(now); });
  w.world.run_for(1s);
  EXPECT_THAT(w.gateway_->role().warnings(), IsEmpty());
  bert->command([](client::Connection& connection, Instant now) { connection.up(now); });
  w.world.run_for(5s);
  EXPECT_EQ(bert->role().state(), State::Connected);
}

TEST_F(Authorizing, ACertificateWithoutItsKeyIsNotedAsAFailureOfItsOwner) {
  const auto bert = sim::Credentials::with_certificate("bert@example.org");
  client::Profile profile = w.profile();  // Anna's certificate, and not the key.
  auto& own = std::get<ike::CertificateAuth>(profile.auth);
  own.key = std::get<ike::CertificateAuth>(bert.local_auth()).key;
  w.start_client(std::move(profile), bert.trust());
  w.world.run_for(5s);
  EXPECT_THAT(w.sessions(), IsEmpty());
  EXPECT_THAT(asked, IsEmpty()) << "nothing was proved";
  ASSERT_THAT(logins, testing::Not(IsEmpty()));
  EXPECT_NE(logins[0], "");
}

}  // namespace
}  // namespace agilevpn::roles
