// The worker with its thread: what the control thread may do while packets flow.
#include "dataplane/worker.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/memory_socket.h"
#include "dataplane/memory_tun.h"
#include "dataplane/sample_child_sa.h"
#include "esp/sample_packet.h"

namespace agilevpn::dataplane {
namespace {

using esp::SamplePacket;

const ike::EspPath path{{{IpAddress::v4(192, 0, 2, 1), 4500}, {IpAddress::v4(192, 0, 2, 2), 4500}}, true};

// A worker whose TUN and socket the test holds the other end of.
struct WorkerEnd {
  WorkerEnd() {
    auto owned_tun = std::make_unique<MemoryTun>();
    auto owned_socket =
        std::make_unique<MemorySocket>(DatagramSocket::Kind::Udp, SocketAddress{IpAddress{}, nat_traversal_port});
    tun = owned_tun.get();
    socket = owned_socket.get();
    std::vector<std::unique_ptr<DatagramSocket>> sockets;
    sockets.push_back(std::move(owned_socket));
    worker = std::make_unique<Worker>(Worker::Settings{.now = [] { return Instant{1s}; }}, std::move(owned_tun),
                                      std::move(sockets));
  }
  MemoryTun* tun;
  MemorySocket* socket;
  std::unique_ptr<Worker> worker;
};

// Carries datagrams both ways until `is_done`, for ten seconds at most.
template <class Condition>
bool carry_until(WorkerEnd& a, WorkerEnd& b, Condition is_done) {
  for (int i = 0; i < 10'000; ++i) {
    if (is_done()) return true;
    for (auto [from, to] : {std::pair{&a, &b}, {&b, &a}}) {
      for (MemorySocket::Message message : from->socket->take_sent()) {
        message.path = reversed(message.path);
        to->socket->deliver(std::move(message));
      }
    }
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

TEST(Worker, MovesPacketsWhileTheControlThreadRekeysAndMoves) {
  WorkerEnd client, gateway;
  SampleChildSa sa{.path = path};
  std::size_t sent = 0;
  for (std::uint64_t id = 1; id <= 30; ++id) {
    sa.id = id;
    ASSERT_TRUE(gateway.worker->apply(sa.gateway()));
    ASSERT_TRUE(client.worker->apply(sa.client()));
    for (int i = 0; i < 10; ++i, ++sent) client.tun->put(SamplePacket{}.build());
    ASSERT_TRUE(client.worker->apply(ike::MoveChildSas{{1}, path}));
    client.worker->traffic_reports();
  }
  const auto opened = [&] { return gateway.worker->counters().packets_opened.value(); };
  EXPECT_TRUE(carry_until(client, gateway, [&] { return opened() == sent; })) << opened() << " of " << sent;
  std::vector<ike::SaChange> gone;
  for (std::uint64_t id = 1; id <= 30; ++id) gone.push_back(ike::RemoveChildSa{{id}});
  ASSERT_TRUE(client.worker->apply(gone));
  const auto last = client.worker->traffic_reports();
  EXPECT_EQ(last.size(), 30u);
  EXPECT_TRUE(std::ranges::all_of(last, &ike::TrafficReport::is_last));
  EXPECT_TRUE(client.worker->traffic_reports().empty());
}

TEST(Worker, HandsIkeToTheControlThreadAndSendsItsAnswers) {
  WorkerEnd client, gateway;
  EXPECT_TRUE(client.worker->send_ike(path.path, "0102"_hex));
  EXPECT_TRUE(client.worker->send_nat_keepalive(path.path));
  pollfd waiting{gateway.worker->ike_fd(), POLLIN, 0};
  ASSERT_TRUE(carry_until(client, gateway, [&] { return ::poll(&waiting, 1, 0) == 1; }));
  const auto message = gateway.worker->poll_ike();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message, "0102"_hex);
  EXPECT_EQ(message->path, reversed(path.path));
  EXPECT_FALSE(gateway.worker->poll_ike());
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  Path nowhere = path.path;
  nowhere.local.port = 1;
  EXPECT_FALSE(client.worker->send_ike(nowhere, "0102"_hex));
}

TEST(Worker, SendsLargeIkeMessagesInFragments) {
  WorkerEnd client;
  client.socket->set_mtu(1280);
  EXPECT_TRUE(client.worker->send_ike(path.path, Bytes(2000)));
  EXPECT_TRUE(client.socket->take_sent().at(0).may_fragment);
}

TEST(Worker, WaitsForAFullSocketWithoutLosingPackets) {
  WorkerEnd client, gateway;
  SampleChildSa sa{.path = path};
  ASSERT_TRUE(client.worker->apply(sa.client()));
  ASSERT_TRUE(gateway.worker->apply(sa.gateway()));
  client.socket->set_full(true);
  for (int i = 0; i < 200; ++i) client.tun->put(SamplePacket{}.build());
  std::this_thread::sleep_for(20ms);
  client.socket->set_full(false);
  EXPECT_TRUE(carry_until(client, gateway, [&] { return gateway.worker->counters().packets_opened.value() == 200; }));
}

}  // namespace
}  // namespace agilevpn::dataplane
