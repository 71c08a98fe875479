#include <gtest/gtest.h>

#include <thread>

#include "linux/lab_fixture.h"
#include "linux/udp_socket.h"

namespace agilevpn::linux {
namespace {

using Fragments = Lab;

TEST_F(Fragments, OfTwoThreadsAllGetThrough) {  // IKE's and the packet path's.
  run("ip link set lo mtu 1280");
  const auto socket = UdpSocket::open({.local = {IpAddress::v4(127, 0, 0, 1), 0}});
  ASSERT_TRUE(socket);
  const Path path{(*socket)->local(), (*socket)->local()};
  const Bytes large(2000);
  std::atomic<int> refused = 0;
  const auto send_many = [&] {
    for (int i = 0; i < 20'000; ++i) {
      dataplane::Datagrams datagrams{.path = path, .octets = large, .segment_size = large.size(), .may_fragment = true};
      if ((*socket)->send(datagrams) == dataplane::SendOutcome::TooBig) ++refused;
    }
  };
  std::jthread other{send_many};
  send_many();
  other.join();
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace agilevpn::linux
