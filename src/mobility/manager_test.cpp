#include "mobility/manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mobility/test_host.h"

namespace agilevpn::mobility {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// A laptop with a cable, Wi-Fi and a modem, and a gateway with an address of each family. The fixture plays the engine:
// what is probed or used is confirmed 20 ms later, if its link reaches the gateway.
class Mobility : public testing::Test {
 protected:
  Mobility() {
    host_.add("eth0", LinkType::Ethernet, {"10.0.1.2/24", "2001:db8:1::2/64"})
        .add("wlan0", LinkType::Wifi, {"172.16.1.2/24"})
        .add("wwan0", LinkType::Mobile, {"100.64.0.2/24"});
    manager_.handle_gateway_addresses(now_, addresses({"203.0.113.1", "2001:db8:9::1"}));
    tell_network();
  }

  void connect(const std::string& link) {
    for (const Candidate& way : manager_.candidates(now_)) {
      if (way.link == link) return manager_.handle_connected(now_, way.path), drain();
    }
    FAIL() << "no way over " << link;
  }
  void plug(const std::string& link) { set_carrier(link, true); }
  void unplug(const std::string& link) { set_carrier(link, false); }
  // Nothing gets through any more, and nobody says so.
  void blackhole(const std::string& link) { silent_.insert(host_.link(link).index); }
  void restore(const std::string& link) { silent_.erase(host_.link(link).index); }
  // The engine's request was resent in vain.
  void no_answer() {
    manager_.handle_path_unresponsive(now_, *manager_.path());
    drain();
  }
  void refuse() {
    manager_.handle_path_refused(now_, *manager_.path(), "UNEXPECTED_NAT_DETECTED");
    drain();
  }
  void run(Duration time) {
    drain();
    const Instant end = now_ + time;
    while (true) {
      const auto at = next();
      if (!at || *at > end) break;
      now_ = std::max(now_, *at);
      step();
    }
    now_ = end;
  }
  void tell_network() {
    manager_.handle_network(now_, host_.network());
    drain();
  }
  std::vector<std::string> told() { return std::exchange(told_, {}); }
  std::string link() const {
    for (const Link& one : host_.network().links)
      if (one.index == manager_.path()->interface) return one.name;
    return "none";
  }

  TestHost host_;
  Manager manager_{Settings{}};
  Instant now_{1h};

 private:
  struct Reply {
    Instant at;
    Path path;
  };

  void set_carrier(const std::string& link, bool has_carrier) {
    host_.link(link).has_carrier = has_carrier;
    tell_network();
  }
  std::optional<Instant> next() const {
    auto at = manager_.poll_timeout();
    for (const Reply& reply : replies_) at = at ? std::min(*at, reply.at) : reply.at;
    return at;
  }
  void step() {
    const auto due = std::exchange(replies_, {});
    for (const Reply& reply : due) {
      if (reply.at > now_)
        replies_.push_back(reply);
      else
        manager_.handle_path_confirmed(now_, reply.path, 20ms);
    }
    manager_.handle_timeout(now_);
    drain();
  }
  void ask(const Path& path) {
    if (!silent_.contains(path.interface) && why_unusable(host_.network(), path).empty())
      replies_.push_back({now_ + 20ms, path});
  }
  void drain() {
    while (const auto decision = manager_.poll_decision()) std::visit([&](const auto& one) { note(one); }, *decision);
  }
  std::string name(const Path& path) const {
    for (const Link& one : host_.network().links)
      if (one.index == path.interface) return one.name + (path.local.address.is_v6() ? " v6" : "");
    return "none";
  }
  void note(const Switch& one) { told_.push_back("switch " + name(one.to) + ": " + one.reason), ask(one.to); }
  void note(const Probe& one) { told_.push_back("probe " + name(one.path)), ask(one.path); }
  void note(const GoDormant& one) { told_.push_back("sleep: " + one.reason), replies_.clear(); }
  void note(const Wake& one) { told_.push_back("wake " + name(one.path)), ask(one.path); }
  void note(const GiveUp& one) { told_.push_back("give up: " + one.reason); }

  std::set<std::uint32_t> silent_;
  std::vector<Reply> replies_;
  std::vector<std::string> told_;
};

// ---- Rule 1: at once when the path in use goes, whatever took it.

TEST_F(Mobility, APulledCableSwitchesAtOnceToTheNextPreferredLink) {
  connect("eth0");
  unplug("eth0");
  EXPECT_THAT(told(), ElementsAre("switch wlan0: eth0 has no carrier"));
  EXPECT_EQ(manager_.state(), State::Connected);
  run(20ms);
  EXPECT_EQ(manager_.state(), State::Connected);
  EXPECT_EQ(manager_.round_trip(*manager_.path()), Duration{20ms});
}

TEST_F(Mobility, ALinkThatIsDisabledOrGoneSwitchesLikeAPulledCable) {
  connect("eth0");
  host_.link("eth0").is_up = false;
  tell_network();
  EXPECT_THAT(told(), ElementsAre("switch wlan0: eth0 is down"));
}

TEST_F(Mobility, AnAddressOfAnotherLinkThatGoesChangesNothing) {
  connect("eth0");
  host_.link("wlan0").addresses.clear();
  tell_network();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Mobility, AnAddressThatDhcpReplacesMovesTheSessionToTheNewOneOnTheSameLink) {
  connect("eth0");
  host_.link("eth0").addresses.front().address = IpAddress::v4(10, 0, 1, 77);
  tell_network();
  EXPECT_THAT(told(), ElementsAre("switch eth0: 10.0.1.2 is gone from eth0"));
  EXPECT_EQ(manager_.path()->local.address, IpAddress::v4(10, 0, 1, 77));
}

TEST_F(Mobility, ALinkThatLosesIpv4GoesOnWithIpv6) {
  connect("eth0");
  host_.link("eth0").addresses.erase(host_.link("eth0").addresses.begin());
  tell_network();
  EXPECT_THAT(told(), ElementsAre("switch eth0 v6: 10.0.1.2 is gone from eth0"));
}

TEST_F(Mobility, ALostRouteMovesTheSession) {
  connect("eth0");
  std::erase_if(host_.link("eth0").routes, [](const LinkRoute& route) { return route.destination.address.is_v4(); });
  tell_network();
  EXPECT_THAT(told(), ElementsAre("switch eth0 v6: eth0 has no route to 203.0.113.1"));
}

TEST_F(Mobility, TwoCardsOnTheSameLanTakeOverFromEachOther) {
  host_ = TestHost{};
  host_.add("eth0", LinkType::Ethernet, {"10.0.1.2/24"}, 100).add("eth1", LinkType::Ethernet, {"10.0.1.3/24"}, 200);
  manager_.handle_gateway_addresses(now_, addresses({"10.0.1.1"}));
  tell_network();
  connect("eth0");
  unplug("eth0");
  EXPECT_THAT(told(), ElementsAre("switch eth1: eth0 has no carrier"));
}

TEST_F(Mobility, AGatewayThatLeavesItsAddressIsFollowed) {  // RFC 4555 §3.5
  connect("eth0");
  manager_.handle_gateway_addresses(now_, addresses({"203.0.113.9"}));
  run(20ms);
  EXPECT_THAT(told(), ElementsAre("switch eth0: the gateway left 203.0.113.1"));
  EXPECT_EQ(manager_.path()->peer.address, IpAddress::v4(203, 0, 113, 9));
}

// ---- Rule 2: silence.

TEST_F(Mobility, APathThatStopsAnsweringIsLeftForTheNextBestUntilOneAnswers) {
  connect("eth0");
  blackhole("eth0");
  blackhole("wlan0");
  no_answer();
  run(limits::answer_wait + 10ms);
  EXPECT_THAT(told(), ElementsAre("switch wlan0: eth0 does not reach the gateway",
                                  "switch wwan0: wlan0 does not reach the gateway"));
  EXPECT_EQ(manager_.state(), State::Connected);
  EXPECT_EQ(link(), "wwan0");
}

TEST_F(Mobility, APathThatTheGatewayRefusesIsLeftAndWithoutAnotherTheSessionSleeps) {  // RFC 4555 §3.5, §3.9
  connect("eth0");
  blackhole("wlan0");
  blackhole("wwan0");
  unplug("eth0");
  EXPECT_EQ(link(), "wlan0");
  refuse();
  EXPECT_EQ(link(), "wwan0");
  refuse();
  EXPECT_EQ(manager_.state(), State::DormantWaitingToReconnect);
  EXPECT_EQ(manager_.reason(), "the gateway refuses the way over wwan0: UNEXPECTED_NAT_DETECTED");
  run(31min);
  EXPECT_EQ(manager_.state(), State::Failed);
}

TEST_F(Mobility, OtherAddressesOverASilentLinkAreTriedAfterTheOtherLinks) {
  connect("eth0");
  blackhole("eth0");
  blackhole("wlan0");
  blackhole("wwan0");
  no_answer();
  run(limits::answer_wait * 2 + 20ms);
  EXPECT_THAT(told(), ElementsAre("switch wlan0: eth0 does not reach the gateway",
                                  "switch wwan0: wlan0 does not reach the gateway",
                                  "switch eth0 v6: wwan0 does not reach the gateway"));
}

TEST_F(Mobility, ALinkThatFellSilentGetsTheTrafficBackWhenItAnswersAgain) {
  connect("eth0");
  run(10min);
  blackhole("eth0");
  no_answer();
  run(1min);
  EXPECT_EQ(link(), "wlan0");
  restore("eth0");
  run(2min);
  EXPECT_EQ(link(), "eth0");
}

TEST_F(Mobility, ALinkThatFallsSilentNowAndThenMustLastLongerEachTime) {
  connect("eth0");
  run(10min);
  int switches = 0;
  for (int i = 0; i < 60; ++i) {
    blackhole("eth0");
    if (link() == "eth0") no_answer();
    run(5s);
    restore("eth0");
    run(10s);
    for (const std::string& line : told()) switches += line.starts_with("switch");
  }
  EXPECT_LE(switches, 25);
}

TEST_F(Mobility, ASwitchToALinkThatLeadsNowhereGoesOnToTheNext) {
  connect("eth0");
  blackhole("wlan0");
  unplug("eth0");
  run(limits::answer_wait + 20ms);
  EXPECT_THAT(told(),
              ElementsAre("switch wlan0: eth0 has no carrier", "switch wwan0: wlan0 does not reach the gateway"));
}

TEST_F(Mobility, AGatewayThatIsHeardWhileWeSleepWakesUsThere) {
  connect("eth0");
  for (const char* link : {"eth0", "wlan0", "wwan0"}) blackhole(link);
  no_answer();
  run(30s);
  const Path path = host_.path("wlan0", "172.16.1.2", "203.0.113.1");
  restore("wlan0");
  told();
  manager_.handle_gateway_heard(now_, path);
  run(20ms);
  EXPECT_THAT(told(), testing::Contains("wake wlan0"));
  EXPECT_EQ(manager_.state(), State::Connected);
}

TEST_F(Mobility, WhenNobodyAnswersAnywhereTheSessionSleepsAndTriesNowAndThen) {
  connect("eth0");
  for (const char* link : {"eth0", "wlan0", "wwan0"}) blackhole(link);
  no_answer();
  run(10s);
  EXPECT_EQ(manager_.state(), State::DormantWaitingToReconnect);
  EXPECT_EQ(manager_.reason(), "the gateway does not answer on any path");
  for (int i = 0; i < 100 && !manager_.reason().starts_with("trying"); ++i) run(500ms);
  EXPECT_THAT(manager_.reason(), testing::EndsWith("0 again: the gateway does not answer on any path"));
  run(5min);
  EXPECT_EQ(manager_.state(), State::DormantWaitingToReconnect);
  restore("wwan0");
  run(2min);
  EXPECT_EQ(manager_.state(), State::Connected);
  EXPECT_EQ(link(), "wwan0");
}

TEST_F(Mobility, WhoIsInAHurryWaitsForNoPause) {
  connect("eth0");
  for (const char* link : {"eth0", "wlan0", "wwan0"}) blackhole(link);
  no_answer();
  run(5min);  // The pauses are 30 s by now.
  while (!manager_.reason().starts_with("trying")) run(500ms);
  while (manager_.reason().starts_with("trying")) run(500ms);
  for (const char* link : {"eth0", "wlan0", "wwan0"}) restore(link);
  run(10s);
  EXPECT_EQ(manager_.state(), State::DormantWaitingToReconnect);
  manager_.hurry(now_);
  run(1s);
  EXPECT_EQ(manager_.state(), State::Connected);
}

TEST_F(Mobility, ALateAnswerElsewhereDoesNotCutShortTheWayThatIsTried) {
  connect("eth0");
  const Path other = *manager_.path();
  for (const char* link : {"eth0", "wlan0", "wwan0"}) blackhole(link);
  no_answer();
  run(10s);
  plug("eth0");
  while (link() == "eth0" || !manager_.poll_timeout()) run(1s);
  manager_.handle_path_confirmed(now_, other, std::nullopt);
  EXPECT_NE(link(), "eth0");
}

// ---- Rule 3: back to the better link.

TEST_F(Mobility, APreferredLinkThatIsBackMustAnswerAndLastForTheHoldTime) {
  connect("eth0");
  unplug("eth0");
  run(10s);
  told();
  plug("eth0");
  EXPECT_THAT(told(), ElementsAre("probe eth0"));
  run(1900ms);
  EXPECT_EQ(link(), "wlan0");
  run(100ms);
  EXPECT_THAT(told(), ElementsAre("switch eth0: eth0 is preferred and has proved itself"));
}

TEST_F(Mobility, AWorseOrEqualLinkNeverReplacesAWorkingOne) {
  unplug("wlan0");
  unplug("wwan0");
  connect("eth0");
  plug("wlan0");
  plug("wwan0");
  run(1h);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Mobility, AnotherFamilyOnTheSameLinkIsNotWorthAMove) {
  host_.link("eth0").addresses.erase(host_.link("eth0").addresses.begin());
  tell_network();
  connect("eth0");
  ASSERT_TRUE(manager_.path()->local.address.is_v6());
  host_.link("eth0").addresses.insert(host_.link("eth0").addresses.begin(), {IpAddress::v4(10, 0, 1, 2), 24});
  tell_network();
  run(1min);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Mobility, ABetterLinkThatDoesNotAnswerIsProbedLessAndLess) {
  connect("wwan0");
  blackhole("wlan0");
  unplug("eth0");
  told();
  run(10min);
  EXPECT_EQ(link(), "wwan0");
  const auto probes = told().size();
  EXPECT_GE(probes, 8u);
  EXPECT_LE(probes, 20u);
  restore("wlan0");
  run(2min);
  EXPECT_EQ(link(), "wlan0");
}

TEST_F(Mobility, ABetterLinkThatDoesNotAnswerHidesNoOtherBetterOne) {
  unplug("wlan0");
  unplug("eth0");
  connect("wwan0");
  blackhole("eth0");
  plug("eth0");
  plug("wlan0");
  run(10s);
  EXPECT_EQ(link(), "wlan0");
}

TEST_F(Mobility, AFlappingLinkMustLastLongerEachTime) {
  connect("eth0");
  run(10min);
  int switches = 0;
  for (int i = 0; i < 40; ++i) {  // 5 s in, 1 s out, for 4 minutes.
    unplug("eth0");
    run(1s);
    plug("eth0");
    run(5s);
    for (const std::string& line : told()) switches += line.starts_with("switch");
  }
  EXPECT_LE(switches, 6);
  run(5min);  // Quiet at last.
  EXPECT_EQ(link(), "eth0");
}

TEST_F(Mobility, ANewOrderOfLinksMovesTheSessionAsSoonAsTheNewFirstAnswers) {
  connect("eth0");
  run(1min);
  manager_.prefer(now_, {"wwan0"});
  run(20ms);
  EXPECT_THAT(told(), ElementsAre("probe wwan0", "switch wwan0: wwan0 is preferred and has proved itself"));
}

TEST_F(Mobility, AnAddressOnItsWayOutIsLeftForAFreshOneOnTheSameLink) {  // RFC 4862 §5.5.4
  connect("eth0");
  run(1min);
  host_.link("eth0").addresses.push_back({IpAddress::v4(10, 0, 1, 3), 24});
  host_.address("eth0", "10.0.1.2").is_deprecated = true;
  tell_network();
  run(20ms);
  EXPECT_EQ(manager_.path()->local.address, IpAddress::v4(10, 0, 1, 3));
}

// ---- Rule 4: asleep.

TEST_F(Mobility, WithoutAnyLinkTheSessionSleepsAndWakesWithTheFirstThatIsBack) {
  connect("eth0");
  for (const char* link : {"wwan0", "wlan0", "eth0"}) unplug(link);
  EXPECT_THAT(told(), ElementsAre("sleep: eth0 has no carrier"));
  EXPECT_EQ(manager_.state(), State::Dormant);
  EXPECT_EQ(manager_.gives_up_at(), now_ + 30min);
  run(20min);
  plug("wlan0");
  EXPECT_THAT(told(), ElementsAre("wake wlan0"));
  EXPECT_EQ(manager_.state(), State::DormantWaitingToReconnect);
  run(20ms);
  EXPECT_EQ(manager_.state(), State::Connected);
  EXPECT_FALSE(manager_.gives_up_at());
}

TEST_F(Mobility, ALinkWhoseAddressIsStillBeingCheckedWakesNobody) {  // RFC 4862 §5.4
  unplug("wlan0");
  unplug("wwan0");
  connect("eth0");
  host_.link("eth0").addresses.erase(host_.link("eth0").addresses.begin());
  host_.address("eth0", "2001:db8:1::2").is_tentative = true;
  tell_network();
  EXPECT_EQ(manager_.state(), State::Dormant);
  host_.address("eth0", "2001:db8:1::2").is_tentative = false;
  tell_network();
  EXPECT_EQ(manager_.state(), State::DormantWaitingToReconnect);
}

TEST_F(Mobility, ALinkThatComesBackAndGoesAgainDoesNotRestartTheOutageTime) {
  connect("eth0");
  for (const char* link : {"wwan0", "wlan0", "eth0"}) unplug(link);
  const auto gives_up_at = manager_.gives_up_at();
  run(10min);
  blackhole("wlan0");
  plug("wlan0");
  run(5min);
  unplug("wlan0");
  EXPECT_EQ(manager_.state(), State::Dormant);
  EXPECT_EQ(manager_.gives_up_at(), gives_up_at);
}

TEST_F(Mobility, AfterTheNetworkOutageTimeItGivesUpAndSaysSo) {
  connect("eth0");
  for (const char* link : {"wwan0", "wlan0", "eth0"}) unplug(link);
  told();
  run(30min);
  EXPECT_THAT(
      told(),
      ElementsAre("give up: no way to the gateway for 30 minutes, the network outage time: eth0 has no carrier"));
  EXPECT_EQ(manager_.state(), State::Failed);
  plug("eth0");
  run(1h);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_FALSE(manager_.poll_timeout());
}

TEST_F(Mobility, ASessionThatIsLostIsConnectingAgainAndDecidesNothing) {
  connect("eth0");
  manager_.handle_disconnected(now_, "the gateway closed it");
  EXPECT_EQ(manager_.state(), State::Connecting);
  unplug("eth0");
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(manager_.candidates(now_).front().link, "wlan0");
}

}  // namespace
}  // namespace agilevpn::mobility
