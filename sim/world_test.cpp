#include "sim/world.h"

#include <gmock/gmock.h>

namespace agilevpn::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Answers every "ping" with "pong" and remembers what came.
class Echo final : public Program {
 public:
  explicit Echo(Host& host) : host_(host) { host.run(this); }
  ~Echo() override { host_.run(nullptr); }
  void handle_packet(const Path& path, Packet::Protocol protocol, ByteView payload) override {
    paths.push_back(path);
    texts.push_back(to_text(payload));
    if (texts.back() == "ping") host_.send(path, protocol, as_bytes("pong"));
  }
  void handle_network_change() override { ++changes; }
  void handle_timeout() override {}
  std::optional<Instant> poll_timeout() const override { return std::nullopt; }
  void ping(const IpAddress& from, const IpAddress& to, Packet::Protocol protocol = Packet::Protocol::Udp) {
    host_.send({{from, 4500}, {to, 4500}}, protocol, as_bytes("ping"));
  }

  std::vector<Path> paths;
  std::vector<std::string> texts;
  int changes = 0;

 private:
  Host& host_;
};

struct WorldTest : testing::Test {
  World world{1};
  Segment& office = world.add_segment(
      {.name = "office", .v4 = IpPrefix::parse("192.0.2.0/24"), .v6 = IpPrefix::parse("2001:db8:1::/64")});
  Segment& home = world.add_segment({.name = "home",
                                     .v4 = IpPrefix::parse("172.16.1.0/24"),
                                     .v6 = IpPrefix::parse("2001:db8:2::/64"),
                                     .nat = NatOptions{.outside = IpAddress::v4(203, 0, 113, 1)}});
  Host& server_host = world.add_host("server");
  Host& laptop_host = world.add_host("laptop");
  Interface& server_eth = server_host.add_interface(office);
  Interface& laptop_eth = laptop_host.add_interface(home);
  Echo server{server_host};
  Echo laptop{laptop_host};
  IpAddress server_v4 = server_eth.addresses().at(0);
  IpAddress server_v6 = server_eth.addresses().at(1);
  IpAddress laptop_v4 = laptop_eth.addresses().at(0);
  IpAddress laptop_v6 = laptop_eth.addresses().at(1);
};

TEST_F(WorldTest, APacketGoesThroughTheNatAndItsAnswerComesBack) {
  laptop.ping(laptop_v4, server_v4);
  world.run_for(1s);
  EXPECT_THAT(laptop.texts, ElementsAre("pong"));
  EXPECT_EQ(server.paths.at(0).peer.address, IpAddress::v4(203, 0, 113, 1));
}

TEST_F(WorldTest, IPv6IsNotTranslated) {
  laptop.ping(laptop_v6, server_v6);
  server.ping(server_v6, laptop_v6);
  world.run_for(1s);
  EXPECT_THAT(server.texts, ElementsAre("ping", "pong"));
  EXPECT_EQ(server.paths.at(0).peer.address, laptop_v6);
}

TEST_F(WorldTest, TheNatLetsNeitherStrangersNorBareEspThrough) {
  server.ping(server_v4, IpAddress::v4(203, 0, 113, 1));
  laptop.ping(laptop_v4, server_v4, Packet::Protocol::Esp);
  world.run_for(1s);
  EXPECT_THAT(laptop.texts, IsEmpty());
  EXPECT_THAT(server.texts, IsEmpty());
}

TEST_F(WorldTest, AnUnpluggedInterfaceCarriesNothingAndItsHostIsTold) {
  world.run_for(1s);
  const int before = laptop.changes;
  laptop_eth.unplug();
  laptop.ping(laptop_v4, server_v4);
  world.run_for(1s);
  EXPECT_THAT(server.texts, IsEmpty());
  EXPECT_EQ(laptop.changes, before + 1);
  EXPECT_FALSE(laptop_host.network().links.at(0).has_carrier);
}

TEST_F(WorldTest, AnInterfaceThatJoinsAnotherSegmentLosesItsAddresses) {
  laptop_eth.join(office);
  EXPECT_THAT(laptop_eth.addresses(), IsEmpty());
  laptop_eth.add_address(world.next_address(office, Family::V4));
  laptop.ping(laptop_eth.addresses().at(0), server_v4);
  world.run_for(1s);
  EXPECT_THAT(laptop.texts, ElementsAre("pong"));
}

TEST_F(WorldTest, ASleepingHostHearsNothing) {
  server_host.sleep();
  laptop.ping(laptop_v4, server_v4);
  world.run_for(1s);
  server_host.wake();
  world.run_for(1s);
  EXPECT_THAT(server.texts, IsEmpty());
}

TEST_F(WorldTest, TheSnapshotShowsLinksAddressesAndRoutes) {
  const auto network = laptop_host.network();
  ASSERT_THAT(network.links, SizeIs(1));
  EXPECT_THAT(network.links[0].addresses, SizeIs(2));
  EXPECT_THAT(network.links[0].routes, SizeIs(4));
  EXPECT_EQ(network.links[0].addresses[0].prefix_length, 24);
}

}  // namespace
}  // namespace agilevpn::sim
