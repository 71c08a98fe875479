#include "linux/network_watcher.h"

#include "linux/clock.h"
#include "linux/lab_fixture.h"

namespace agilevpn::linux {
namespace {

class Watched : public Lab {
 protected:
  void SetUp() override {
    Lab::SetUp();
    if (IsSkipped()) return;
    watcher_ =
        *NetworkWatcher::start(loop_, {.interfaces = {"vpn0"}, .route_table = 4500}, [this](const mobility::Network&) {
          ++snapshots_;
          loop_.stop();
        });
  }

  // Until the next snapshot, or for as long as none may come.
  bool hears_of_a_change(Duration patience = 2s) {
    const int before = snapshots_;
    Timer timer{loop_, [this] { loop_.stop(); }};
    timer.arm(now() + patience);
    loop_.run();
    return snapshots_ > before;
  }

  const mobility::Link& link(const std::string& name) {
    const auto& links = watcher_->network().links;
    const auto found = std::ranges::find(links, name, &mobility::Link::name);
    EXPECT_NE(found, links.end()) << name;
    return *found;
  }

  void connect(const std::string& nic, const std::string& address) {
    run("ip address add " + address + " dev " + nic + " && ip link set " + nic + " up && ip link set far-" + nic +
        " up");
    while (hears_of_a_change(100ms)) {
    }
  }

  EventLoop loop_;
  std::unique_ptr<NetworkWatcher> watcher_;
  int snapshots_ = 0;
};

TEST_F(Watched, KnowsTheNetworkFromTheBeginning) {
  EXPECT_EQ(link("lan0").type, mobility::LinkType::Ethernet);
  EXPECT_FALSE(link("lan0").is_up);
  EXPECT_EQ(watcher_->network().links.size(), 4u);  // Not loopback.
}

TEST_F(Watched, AnAddressComesWithItsRoute) {
  connect("lan0", "10.0.1.2/24");
  ASSERT_FALSE(link("lan0").addresses.empty());
  EXPECT_EQ(link("lan0").addresses[0].address.to_string(), "10.0.1.2");
  ASSERT_FALSE(link("lan0").routes.empty());
  EXPECT_EQ(link("lan0").routes[0].destination.to_string(), "10.0.1.0/24");
  EXPECT_EQ(link("lan0").routes[0].source_hint->to_string(), "10.0.1.2");
}

TEST_F(Watched, APulledCableTakesTheRoutesWithIt) {
  connect("lan0", "10.0.1.2/24");
  run("ip route add default via 10.0.1.1");
  EXPECT_TRUE(hears_of_a_change());
  run("ip link set far-lan0 down");  // Carrier is lost: the kernel keeps the routes and says nothing of them.
  EXPECT_TRUE(hears_of_a_change());
  while (hears_of_a_change(100ms)) {
  }
  EXPECT_TRUE(link("lan0").is_up);
  EXPECT_FALSE(link("lan0").has_carrier);
  EXPECT_TRUE(link("lan0").routes.empty());
  run("ip link set far-lan0 up");
  while (hears_of_a_change(100ms)) {
  }
  EXPECT_TRUE(link("lan0").has_carrier);
  EXPECT_GE(link("lan0").routes.size(), 2u);
}

TEST_F(Watched, ALinkSetDownLosesRoutesThatTheKernelDropsWithoutAWord) {
  connect("lan0", "10.0.1.2/24");
  run("ip route add default via 10.0.1.1");
  run("ip link set lan0 down");
  while (hears_of_a_change(100ms)) {
  }
  EXPECT_FALSE(link("lan0").is_up);
  EXPECT_TRUE(link("lan0").routes.empty());
  EXPECT_FALSE(link("lan0").addresses.empty());
}

TEST_F(Watched, AnAddressThatGoesIsGone) {
  connect("lan0", "10.0.1.2/24");
  run("ip address add 10.0.1.9/24 dev lan0");
  EXPECT_TRUE(hears_of_a_change());
  run("ip address del 10.0.1.2/24 dev lan0");  // Takes the second with it: promote_secondaries is off.
  EXPECT_TRUE(hears_of_a_change());
  while (hears_of_a_change(100ms)) {
  }
  EXPECT_TRUE(
      std::ranges::none_of(link("lan0").addresses, [](const mobility::LinkAddress& a) { return a.address.is_v4(); }));
}

TEST_F(Watched, RoutesOfPolicyTablesAndOfSeveralHopsCount) {
  connect("lan0", "10.0.1.2/24");
  connect("lan1", "10.0.2.2/24");
  run("ip route add default via 10.0.2.1 dev lan1 table 102");
  run("ip route add 192.0.2.0/24 nexthop via 10.0.1.1 dev lan0 nexthop via 10.0.2.1 dev lan1");
  while (hears_of_a_change(100ms)) {
  }
  const auto leads_to = [&](const std::string& nic, const std::string& prefix, const std::string& gateway) {
    return std::ranges::any_of(link(nic).routes, [&](const mobility::LinkRoute& r) {
      return r.destination.to_string() == prefix && r.next_hop == IpAddress::parse(gateway);
    });
  };
  EXPECT_TRUE(leads_to("lan1", "0.0.0.0/0", "10.0.2.1"));
  EXPECT_TRUE(leads_to("lan0", "192.0.2.0/24", "10.0.1.1"));
  EXPECT_TRUE(leads_to("lan1", "192.0.2.0/24", "10.0.2.1"));
}

TEST_F(Watched, AReadingThatFailsIsDoneAgain) {
  int failures = 0;
  std::string name = "old";
  const NetworkWatcher::Read read = [&]() -> Result<mobility::Network, int> {
    if (failures > 0) return --failures, Failure{ENOBUFS};
    return mobility::Network{.links = {{.name = name}}};
  };
  const auto watcher = *NetworkWatcher::start(loop_, read, [this](const mobility::Network&) { loop_.stop(); });
  failures = 3;
  name = "new";
  run("ip link set lan0 up");
  const Instant deadline = now() + 10s;
  Timer timer{loop_, [this] { loop_.stop(); }};
  timer.arm(deadline);
  while (watcher->network().links[0].name == "old" && now() < deadline) loop_.run();
  EXPECT_EQ(watcher->network().links[0].name, "new");
  EXPECT_EQ(failures, 0);
}

TEST_F(Watched, TheTunnelItselfIsNotPartOfTheNetwork) {
  run("ip tuntap add vpn0 mode tun && ip address add 10.66.0.2/32 dev vpn0 && ip link set vpn0 up");
  run("ip route add default dev vpn0 table 4500");
  EXPECT_FALSE(hears_of_a_change(200ms));
}

}  // namespace
}  // namespace agilevpn::linux
