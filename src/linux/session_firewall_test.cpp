#include "linux/session_firewall.h"

#include <gmock/gmock.h>

#include "linux/lab_fixture.h"

namespace agilevpn::linux {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A client 10.66.0.2 behind vpn0 (its inner side is a namespace at the other end of a cable), a server 192.168.10.2,
// and this host, which forwards between them.
class Firewall : public Lab {
 protected:
  void SetUp() override {
    Lab::SetUp();
    if (IsSkipped()) return;
    run("sysctl -qw net.ipv4.ip_forward=1");
    run("ip link set lan0 name vpn0 && ip link set vpn0 up && ip address add 10.66.0.1/24 dev vpn0");
    run("ip link set lan1 up && ip address add 192.168.10.1/24 dev lan1");
    put("client", "far-lan0", "10.66.0.2/24 10.66.0.3/24", "10.66.0.1");
    put("server", "far-lan1", "192.168.10.2/24", "192.168.10.1");
  }
  void TearDown() override {
    for (const std::string& name : spaces_) run("ip netns delete " + name);
  }

  // As `ip -n` and `ip netns exec`, which a chroot has no mount of / for.
  static std::string inside(const std::string& space) { return "nsenter --net=/run/netns/" + space + " "; }
  // A cable's far end into a namespace of its own.
  void put(const std::string& host, const std::string& nic, const std::string& addresses, const std::string& router) {
    spaces_.push_back("avfw" + std::to_string(::getpid()) + host);
    const std::string& space = spaces_.back();
    run("ip netns add " + space + " && ip link set " + nic + " netns " + space);
    run("for a in " + addresses + "; do " + inside(space) + "ip address add $a dev " + nic + "; done; " +
        inside(space) + "ip link set " + nic + " up; " + inside(space) + "ip route add default via " + router);
  }
  bool reaches(const std::string& options, const std::string& to = "192.168.10.2", std::size_t from = 0) const {
    const std::string command = inside(spaces_[from]) + "ping -c1 -W1 -q " + options + " " + to + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }
  static std::string rules() { return output_of("nft list ruleset"); }
  static gateway::FirewallRules parse(std::string_view text) { return *gateway::parse_firewall(text); }
  static void done(const Result<void, Error>& result) { ASSERT_TRUE(result) << result.error().to_string(); }

  std::vector<std::string> spaces_;
  const IpPrefix anna_{IpAddress::v4(10, 66, 0, 2), 32}, bert_{IpAddress::v4(10, 66, 0, 3), 32};
};

TEST_F(Firewall, OnlyTheAddressThatHasRulesIsFiltered) {
  auto firewall = *SessionFirewall::open("vpn0");
  ASSERT_TRUE(reaches("-I 10.66.0.2"));
  done(firewall.set({anna_}, parse("allow to 192.168.10.9\nallow to 192.168.10.2 tcp 80,443,1000-2000")));
  EXPECT_FALSE(reaches("-I 10.66.0.2"));
  EXPECT_FALSE(reaches("-I 10.66.0.2", "10.66.0.1")) << "the gateway itself";
  EXPECT_TRUE(reaches("-I 10.66.0.3"));
  done(firewall.set({anna_}, parse("allow to 192.168.10.0/24 icmp")));
  EXPECT_TRUE(reaches("-I 10.66.0.2"));
  EXPECT_FALSE(reaches("-I 10.66.0.2", "10.66.0.1"));
  done(firewall.set({anna_}, {}));
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(Firewall, ANetworkBehindAClientHasTheRulesOfItsGroupToo) {
  auto firewall = *SessionFirewall::open("vpn0");
  const IpPrefix network{IpAddress::v4(10, 66, 0, 2), 31};  // Both of the client's addresses.
  done(firewall.set({network}, parse("allow to 192.168.10.9")));
  EXPECT_FALSE(reaches("-I 10.66.0.2"));
  EXPECT_FALSE(reaches("-I 10.66.0.3"));
  EXPECT_FALSE(reaches("", "10.66.0.3", 1));
  done(firewall.set({network}, parse("allow to 192.168.10.2 icmp")));
  EXPECT_TRUE(reaches("-I 10.66.0.3"));
  run("nft flush ruleset");
  EXPECT_EQ(firewall.restore(), true);
  EXPECT_TRUE(reaches("-I 10.66.0.3"));
  done(firewall.set({network}, {}));
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(Firewall, WhoMayOpenConnectionsToTheClientIsSaidToo) {
  auto firewall = *SessionFirewall::open("vpn0");
  done(firewall.set({anna_}, parse("allow to any")));
  EXPECT_TRUE(reaches("-I 10.66.0.2"));
  EXPECT_FALSE(reaches("", "10.66.0.2", 1));
  EXPECT_TRUE(reaches("", "10.66.0.3", 1));
  done(firewall.set({anna_}, parse("deny from 192.168.10.9\nallow from 192.168.10.2 icmp")));
  EXPECT_TRUE(reaches("", "10.66.0.2", 1));
  EXPECT_FALSE(reaches("-I 10.66.0.2"));
}

TEST_F(Firewall, OneGroupsRulesAreThereOnceForAllItsSessions) {
  auto firewall = *SessionFirewall::open("vpn0");
  const auto staff = parse("allow to 192.168.10.2");
  done(firewall.set({anna_, *IpPrefix::parse("fd66::2")}, staff));
  done(firewall.set({bert_, *IpPrefix::parse("fd66::3")}, staff));
  EXPECT_THAT(rules(), HasSubstr("10.66.0.3 : jump g1"));
  EXPECT_THAT(rules(), Not(HasSubstr("chain g2")));
  done(firewall.set({bert_}, parse("allow to 192.168.10.9")));
  EXPECT_THAT(rules(), HasSubstr("chain g2"));
  done(firewall.set({bert_}, {}));
  EXPECT_THAT(rules(), Not(HasSubstr("chain g2"))) << "nobody needs it any more";
  EXPECT_TRUE(reaches("-I 10.66.0.2"));
}

TEST_F(Firewall, WhatOthersFlushIsPutBack) {
  auto firewall = *SessionFirewall::open("vpn0");
  EXPECT_EQ(firewall.restore(), false);
  done(firewall.set({anna_, bert_}, parse("allow to 192.168.10.9")));
  EXPECT_EQ(firewall.restore(), false);
  run("nft flush ruleset");
  EXPECT_EQ(firewall.restore(), true);
  EXPECT_FALSE(reaches("-I 10.66.0.2"));
  EXPECT_FALSE(reaches("-I 10.66.0.3"));
  done(firewall.set({anna_}, {}));
  EXPECT_TRUE(reaches("-I 10.66.0.2"));
}

TEST_F(Firewall, NothingStaysAfterItsEndAndAKilledOnesIsRemoved) {
  run("nft 'table inet agilevpn-vpn0-sessions { chain forward { type filter hook forward priority filter; policy drop; "
      "}; }'");
  run("nft 'table inet others { }'");
  ASSERT_FALSE(reaches("-I 10.66.0.2"));
  {
    auto firewall = *SessionFirewall::open("vpn0");
    EXPECT_TRUE(reaches("-I 10.66.0.2"));
    done(firewall.set({anna_}, parse("allow to 192.168.10.9")));
  }
  EXPECT_TRUE(reaches("-I 10.66.0.2"));
  EXPECT_THAT(rules(), HasSubstr("table inet others"));
  EXPECT_THAT(rules(), Not(HasSubstr("sessions")));
}

}  // namespace
}  // namespace agilevpn::linux
