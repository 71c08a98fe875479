#include "preflight/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preflight/sample_ruleset.h"

namespace agilevpn::preflight {
namespace {

using testing::HasSubstr;
using Weight = Finding::Weight;

mobility::Link card(std::string address, std::uint32_t mtu = 1500) {
  return {.index = 2,
          .name = "eth0",
          .is_up = true,
          .has_carrier = true,
          .mtu = mtu,
          .addresses = {{.address = *IpAddress::parse(address), .prefix_length = 24}},
          .routes = {{.destination = *IpPrefix::parse("0.0.0.0/0"), .next_hop = {}, .source_hint = {}}}};
}

// A machine on which nothing is wrong.
Machine good_machine() {
  return {.name = "vpn.example.org",
          .ports = {{.number = 500, .holder = {}, .reason = {}}, {.number = 4500, .holder = {}, .reason = {}}},
          .no_tun = {},
          .no_forwarding = {},
          .has_nft = true,
          .is_root = true,
          .clock = {.now = WallTime{48h}, .installed = WallTime{24h}, .is_synchronised = true},
          .answer = {.addresses = {*IpAddress::parse("203.0.113.10")}, .reason = {}},
          .network = {{card("203.0.113.10")}},
          .firewalls = {.ufw = {}, .firewalld = {}, .nftables = SampleRuleset{}.text()}};
}

// The only finding of its check that is not fine.
Finding the_one(const Findings& findings) {
  Findings others;
  for (const Finding& finding : findings) {
    if (finding.weight != Weight::Fine) others.push_back(finding);
  }
  EXPECT_EQ(others.size(), 1u);
  return others.empty() ? Finding{} : others.front();
}

TEST(Preflight, OnAGoodMachineNothingIsWrong) {
  for (const Finding& finding : examine(good_machine())) EXPECT_EQ(finding.weight, Weight::Fine) << finding.what;
}

TEST(Preflight, WhoeverHasThePortIsNamedWithHowToStopIt) {
  Machine machine = good_machine();
  machine.ports[0] = {.number = 500, .state = Port::State::Taken, .holder = "charon-systemd", .reason = {}};
  EXPECT_EQ(the_one(check_ports(machine)).what, "UDP 500: strongSwan (charon-systemd) has it");
  EXPECT_EQ(the_one(check_ports(machine)).help, "systemctl disable --now strongswan");
  EXPECT_TRUE(the_one(check_ports(machine)).cure.empty()) << "whose VPN it is nobody knows";
  machine.ports[0].holder = "nc";
  EXPECT_EQ(the_one(check_ports(machine)).what, "UDP 500: nc has it");
}

TEST(Preflight, OurOwnDaemonMayHaveThePorts) {
  Machine machine = good_machine();
  for (Port& port : machine.ports)
    port = {.number = port.number, .state = Port::State::Taken, .holder = "agilevpnd", .reason = {}};
  for (const Finding& finding : check_ports(machine)) EXPECT_EQ(finding.weight, Weight::Fine);
}

TEST(Preflight, AMissingTunIsLoadedAsAHarmlessRepair) {
  Machine machine = good_machine();
  machine.no_tun = "No such device";
  const Finding found = the_one(check_tunnel(machine));
  EXPECT_EQ(found.cure, (std::vector<Command>{{"modprobe", "tun"}}));
  EXPECT_TRUE(found.is_harmless);
  machine.is_root = false;
  EXPECT_EQ(the_one(check_tunnel(machine)).weight, Weight::Advice) << "nobody but root may know";
}

TEST(Preflight, ForwardingThatCannotBeSwitchedOnIsSaid) {
  Machine machine = good_machine();
  machine.no_forwarding = "/proc/sys/net/ipv4/ip_forward: Read-only file system";
  EXPECT_THAT(the_one(check_forwarding(machine)).what, HasSubstr("Read-only"));
  machine = good_machine();
  machine.has_nft = false;
  EXPECT_THAT(the_one(check_forwarding(machine)).help, HasSubstr("nftables"));
}

TEST(Preflight, AClockBeforeTheProgramsOwnTimeIsWrong) {
  Machine machine = good_machine();
  machine.clock.now = WallTime{1h};
  EXPECT_EQ(the_one(check_clock(machine)).weight, Weight::Problem);
  EXPECT_THAT(the_one(check_clock(machine)).what,
              HasSubstr("the clock says 1970-01-01, but this program was installed on 1970-01-02"));
  machine.clock = {.now = WallTime{48h}, .installed = WallTime{24h}, .is_synchronised = false};
  EXPECT_EQ(the_one(check_clock(machine)).weight, Weight::Advice);
}

TEST(Preflight, ANameThatLeadsNowhereIsAProblem) {
  Machine machine = good_machine();
  machine.answer = {.addresses = {}, .reason = "cannot resolve vpn.example.org: Name or service not known"};
  EXPECT_EQ(the_one(check_name(machine)).weight, Weight::Problem);
  EXPECT_THAT(the_one(check_name(machine)).what, HasSubstr("Name or service not known"));
}

TEST(Preflight, BehindANatTheRouterMustForward) {
  Machine machine = good_machine();
  machine.network.links = {card("192.168.7.5")};
  const Finding found = the_one(check_name(machine));
  EXPECT_EQ(found.weight, Weight::Advice);
  EXPECT_EQ(found.what,
            "vpn.example.org is 203.0.113.10, an address that no interface here has: this machine is behind a NAT");
  EXPECT_EQ(found.help, "let the router forward UDP 500 and 4500 to 192.168.7.5");
}

TEST(Preflight, ANameOfAnotherPublicAddressIsAProblem) {
  Machine machine = good_machine();
  machine.network.links = {card("198.51.100.4")};
  const Finding found = the_one(check_name(machine));
  EXPECT_EQ(found.weight, Weight::Problem);
  EXPECT_THAT(found.what, HasSubstr("eth0 has 198.51.100.4"));
}

TEST(Preflight, AnAddressMayBeTheName) {
  Machine machine = good_machine();
  machine.name = "203.0.113.10";
  EXPECT_EQ(check_name(machine).front().what, "203.0.113.10 is an address of eth0");
  machine.network.links = {card("10.0.0.5")};
  EXPECT_EQ(the_one(check_name(machine)).what,
            "203.0.113.10, an address that no interface here has: this machine is behind a NAT");
}

TEST(Preflight, TheTunnelsOwnAddressIsNoWayIn) {
  Machine machine = good_machine();
  machine.network.links.front().name = "vpn0";
  EXPECT_NE(check_name(machine).front().weight, Weight::Fine);
}

TEST(Preflight, ASmallMtuIsToldAndATinyOneIsWrong) {
  Machine machine = good_machine();
  machine.network.links = {card("203.0.113.10", 1460)};
  EXPECT_EQ(the_one(check_mtu(machine)).weight, Weight::Advice);
  machine.network.links = {card("203.0.113.10", 1000)};
  EXPECT_EQ(the_one(check_mtu(machine)).weight, Weight::Problem);
  machine.network.links.clear();
  EXPECT_THAT(the_one(check_mtu(machine)).what, HasSubstr("no default route"));
}

// ---- firewalls

TEST(Preflight, AnInputPolicyThatDropsIkeIsRepairedByOneRule) {
  Machine machine = good_machine();
  machine.firewalls.nftables = SampleRuleset{}.base_chain("input", "drop").text();
  const Finding found = the_one(check_firewall(machine));
  EXPECT_EQ(found.what, "nftables' chain inet filter input does not let UDP 500 and 4500 in");
  EXPECT_EQ(found.cure, (std::vector<Command>{{"nft", "insert", "rule", "inet", "filter", "input", "udp", "dport",
                                               "{ 500, 4500 }", "accept"}}));
  EXPECT_EQ(found.help,
            "nft insert rule inet filter input udp dport '{ 500, 4500 }' accept, and the same in /etc/nftables.conf, "
            "which lasts");
  EXPECT_FALSE(found.is_harmless) << "it opens the machine: a person decides";
}

TEST(Preflight, AForwardPolicyThatDropsClientsIsRepairedBothWays) {
  Machine machine = good_machine();
  machine.firewalls.nftables = SampleRuleset{}.base_chain("forward", "drop").text();
  const Finding found = the_one(check_firewall(machine));
  ASSERT_EQ(found.cure.size(), 2u);
  EXPECT_THAT(to_string(found.cure[0]), HasSubstr("oifname vpn0 accept"));
  EXPECT_THAT(to_string(found.cure[1]), HasSubstr("iifname vpn0 accept"));
}

TEST(Preflight, WhatIsUnclearIsAdviceWithoutARepair) {
  Machine machine = good_machine();
  machine.firewalls.nftables =
      SampleRuleset{}.base_chain("input", "drop").rule("input", R"({"xt": {}}, {"accept": null})").text();
  EXPECT_EQ(the_one(check_firewall(machine)).weight, Weight::Advice);
  EXPECT_TRUE(the_one(check_firewall(machine)).cure.empty());
}

constexpr std::string_view ufw_head =
    "Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), deny (routed)\nNew profiles: "
    "skip\n\n";

TEST(Preflight, UfwIsAskedForBothPortsAndForTheTunnel) {
  Machine machine = good_machine();
  machine.firewalls.ufw = std::string(ufw_head) + "22/tcp                     ALLOW IN    Anywhere\n";
  const Findings found = check_firewall(machine);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].help, "ufw allow 500,4500/udp");
  EXPECT_EQ(found[1].help, "ufw route allow in on vpn0");
}

TEST(Preflight, UfwsRulesInEveryFormAreUnderstood) {
  for (const std::string rules :
       {"500,4500/udp               ALLOW IN    Anywhere\n",
        "500/udp   ALLOW IN  Anywhere\n4500/udp  ALLOW IN  Anywhere\n", "500:4500/udp ALLOW IN Anywhere\n"}) {
    Machine machine = good_machine();
    machine.firewalls.ufw = std::string(ufw_head) + rules + "Anywhere                   ALLOW FWD   Anywhere on vpn0\n";
    for (const Finding& finding : check_firewall(machine))
      EXPECT_EQ(finding.weight, Weight::Fine) << rules << finding.what;
  }
  for (const std::string rules :
       {"500/udp ALLOW IN Anywhere\n", "500,4500/tcp ALLOW IN Anywhere\n", "500,4500/udp DENY IN Anywhere\n",
        "500,4500/udp ALLOW IN 10.0.0.0/8\n", "4500/udp ALLOW OUT Anywhere\n"}) {
    Machine machine = good_machine();
    machine.firewalls.ufw = std::string(ufw_head) + rules;
    EXPECT_EQ(check_firewall(machine).front().weight, Weight::Problem) << rules;
  }
}

TEST(Preflight, FirewalldIsAskedForTheServiceOrThePorts) {
  const std::string zone = "public (active)\n  target: default\n  interfaces: eth0\n";
  Machine machine = good_machine();
  machine.firewalls.firewalld = zone + "  services: dhcpv6-client ssh\n  ports: \n";
  EXPECT_EQ(check_firewall(machine).front().help,
            "firewall-cmd --permanent --add-service=ipsec && firewall-cmd --reload");
  for (const std::string more : {"  services: ssh ipsec\n  ports: \n", "  services: ssh\n  ports: 500/udp 4500/udp\n",
                                 "  services:\n  ports: 400-5000/udp\n"}) {
    machine.firewalls.firewalld = zone + more;
    EXPECT_EQ(check_firewall(machine).front().weight, Weight::Fine) << more;
  }
}

}  // namespace
}  // namespace agilevpn::preflight
