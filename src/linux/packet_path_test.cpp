// Two workers with fixed keys between real TUNs, over a real network of two namespaces:
//
//   ping 10.99.0.1 -- vpn0 -- worker -- 192.0.2.1 ===veth=== 192.0.2.2 -- worker -- vpn0 -- 10.99.0.2
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include "dataplane/sample_child_sa.h"
#include "dataplane/worker.h"
#include "linux/clock.h"
#include "linux/lab_fixture.h"
#include "linux/raw_esp_socket.h"
#include "linux/tun_device.h"
#include "linux/udp_socket.h"

namespace agilevpn::linux {
namespace {

const IpAddress outer_v4[] = {IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 0, 2, 2)};
const IpAddress outer_v6[] = {*IpAddress::parse("2001:db8::1"), *IpAddress::parse("2001:db8::2")};

// A network namespace with a name, which goes with it.
class Namespace {
 public:
  explicit Namespace(std::string name) : name_(std::move(name)) { run("ip netns add " + name_); }
  ~Namespace() { run("ip netns del " + name_); }
  const std::string& name() const { return name_; }
  void in(const std::string& command) const { run(words(command)); }
  bool tries(const std::string& command) const { return std::system(words(command).c_str()) == 0; }
  // What is opened here by this thread, and threads that it starts here, belong to the namespace.
  void enter() const {
    const FileDescriptor descriptor{::open(("/run/netns/" + name_).c_str(), O_RDONLY)};
    ASSERT_EQ(::setns(descriptor.get(), CLONE_NEWNET), 0);
  }

 private:
  std::string words(const std::string& command) const {
    return fmt::format("nsenter --net=/run/netns/{} {} >/dev/null", name_, command);
  }
  std::string name_;
};

class PacketPath : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root for network namespaces";
    for (int end : {0, 1})
      namespaces_.push_back(std::make_unique<Namespace>(fmt::format("agilevpn-{}-{}", ::getpid(), end)));
    run(fmt::format("ip link add out0 netns {} type veth peer name out0 netns {}", here(0).name(), here(1).name()));
    for (int end : {0, 1}) {
      here(end).in("sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0");
      here(end).in(fmt::format("ip address add {}/24 dev out0", outer_v4[end].to_string()));
      here(end).in(fmt::format("ip address add {}/64 dev out0 nodad", outer_v6[end].to_string()));
      here(end).in("ip link set out0 up");
    }
  }
  void TearDown() override {
    workers_.clear();
    namespaces_.clear();
  }

  const Namespace& here(int end) const { return *namespaces_[static_cast<std::size_t>(end)]; }

  void start(const dataplane::SampleChildSa& sa) {
    for (int end : {0, 1}) {
      std::thread{[&, end] { start_end(end); }}.join();
      here(end).in(fmt::format("ip address add 10.99.0.{}/24 dev vpn0", end + 1));
      here(end).in(fmt::format("ip address add fd99::{}/64 dev vpn0 nodad", end + 1));
      here(end).in("ip link set vpn0 mtu 1400 up");
    }
    ASSERT_TRUE(workers_[0]->apply(sa.client()));
    ASSERT_TRUE(workers_[1]->apply(sa.gateway()));
  }

  void start_end(int end) {
    here(end).enter();
    std::vector<std::unique_ptr<dataplane::DatagramSocket>> sockets;
    for (const Family family : {Family::V4, Family::V6}) {
      auto udp = UdpSocket::open({.local = {IpAddress::any(family), nat_traversal_port}});
      auto raw = RawEspSocket::open({.local = {IpAddress::any(family), 0}});
      ASSERT_TRUE(udp) << udp.error().to_string();
      ASSERT_TRUE(raw) << raw.error().to_string();
      sockets.push_back(*std::move(udp));
      sockets.push_back(*std::move(raw));
    }
    auto tun = TunDevice::open("vpn0");
    ASSERT_TRUE(tun) << tun.error().to_string();
    workers_.push_back(std::make_unique<dataplane::Worker>(dataplane::Worker::Settings{.now = now}, *std::move(tun),
                                                           std::move(sockets)));
  }

  static ike::EspPath path(const IpAddress* outer, bool udp_encapsulation) {
    return {{{outer[0], nat_traversal_port}, {outer[1], nat_traversal_port}}, udp_encapsulation};
  }
  bool pings(const std::string& options = "") const {
    return here(0).tries("ping -c 3 -i 0.01 -W 2 " + options + " 10.99.0.2") &&
           here(1).tries("ping -6 -c 3 -i 0.01 -W 2 " + options + " fd99::1");
  }

  std::vector<std::unique_ptr<Namespace>> namespaces_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
};

TEST_F(PacketPath, CarriesBothFamiliesOverBothFamiliesWithAndWithoutUdp) {
  start({.path = path(outer_v4, true)});
  EXPECT_TRUE(pings());
  for (const auto& [outer, udp] : {std::pair{outer_v6, true}, {outer_v4, false}, {outer_v6, false}}) {
    ASSERT_TRUE(workers_[0]->apply(ike::MoveChildSas{{1}, path(outer, udp)}));
    const IpAddress swapped[] = {outer[1], outer[0]};
    ASSERT_TRUE(workers_[1]->apply(ike::MoveChildSas{{1}, path(swapped, udp)}));
    EXPECT_TRUE(pings("-s 1300")) << outer[0].to_string() << (udp ? " in UDP" : "");
  }
  EXPECT_EQ(workers_[1]->counters().drops[esp::DropReason::BadIcv], 0u);
  EXPECT_GT(workers_[1]->traffic_reports().at(0).bytes_in, 0u);
}

TEST_F(PacketPath, CarriesATcpStreamInSuperPackets) {
  start({.path = path(outer_v4, true)});
  here(1).in("sh -c 'timeout 20 iperf3 -s -1 -D'");
  EXPECT_TRUE(here(0).tries("sh -c 'sleep 0.3; timeout 20 iperf3 -c 10.99.0.2 -n 50M'"));
  const dataplane::Counters& counters = workers_[0]->counters();
  EXPECT_GT(counters.packets_sealed.value(), 4 * counters.sends.value());
  EXPECT_EQ(workers_[1]->counters().tun_write_failures.value(), 0u);
}

TEST_F(PacketPath, APathWithASmallerMtuIsLearnt) {
  start({.path = path(outer_v4, true)});
  for (int end : {0, 1}) here(end).in("ip link set out0 mtu 1300");
  EXPECT_TRUE(
      here(0).tries("ping -M want -c 3 -i 0.01 -W 2 -s 1350 10.99.0.2"));  // The sender divides, once it is told.
  EXPECT_FALSE(here(0).tries("ping -M do -c 1 -W 1 -s 1350 10.99.0.2 2>&1"));
  EXPECT_GT(workers_[0]->counters().drops[esp::DropReason::TooBig], 0u);
}

TEST_F(PacketPath, SendsLargeIkeMessagesWholeOrInFragments) {
  start({.path = path(outer_v4, true)});
  ASSERT_TRUE(workers_[0]->send_ike(path(outer_v4, true).path, Bytes(5000, std::byte{1})));
  pollfd waiting{workers_[1]->ike_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&waiting, 1, 2000), 1);
  const auto message = workers_[1]->poll_ike();
  EXPECT_EQ(message->message, Bytes(5000, std::byte{1}));
  EXPECT_EQ(message->path.local.to_string(), "192.0.2.2:4500");
  EXPECT_EQ(message->path.peer.to_string(), "192.0.2.1:4500");
  EXPECT_NE(message->path.interface, 0u);
}

TEST_F(PacketPath, SaysWhatIsTaken) {
  start({.path = path(outer_v4, true)});
  std::thread{[&] {
    here(0).enter();
    const auto udp = UdpSocket::open({.local = {IpAddress{}, nat_traversal_port}});
    ASSERT_FALSE(udp);
    EXPECT_EQ(udp.error().what, "UDP port 4500 is taken by another program");
    const auto tun = TunDevice::open("vpn0");
    ASSERT_FALSE(tun);
    EXPECT_EQ(tun.error().what,
              "the tunnel interface vpn0 cannot be made: there is an interface of that name, and it is not ours");
    ASSERT_EQ(std::system("ip tuntap add vpn7 mode tun && ip link add vpn8 type veth peer name vpn9"), 0);
    EXPECT_THAT(TunDevice::open("vpn7").error().what, testing::HasSubstr("it is not ours"));
    for (const std::string adapter : {"lo", "vpn8"}) {
      const auto refused = TunDevice::open(adapter);
      ASSERT_FALSE(refused) << adapter;
      EXPECT_THAT(refused.error().what, testing::HasSubstr(adapter + " is an adapter of this machine and no tunnel"));
      EXPECT_THAT(refused.error().help, testing::Not(testing::HasSubstr("delete")));
    }
    EXPECT_EQ(TunDevice::open("vpn%d").value()->name(), "vpn1");
    const auto any_port = UdpSocket::open({.local = {IpAddress{}, 0}});
    ASSERT_TRUE(any_port);
    EXPECT_NE((*any_port)->local().port, 0);
  }}.join();
}

}  // namespace
}  // namespace agilevpn::linux
