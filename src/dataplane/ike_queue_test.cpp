#include "dataplane/ike_queue.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <stop_token>
#include <thread>

namespace agilevpn::dataplane {
namespace {

Path path_from(std::uint16_t port) {
  return {.local = {IpAddress::v4(10, 0, 1, 1), 4500}, .peer = {IpAddress::v4(10, 0, 1, 2), port}};
}

// Messages that differ in size and content.
Bytes message_number(std::size_t i) { return Bytes(1 + i % 7, static_cast<std::byte>(i)); }

bool is_readable(const IkeQueue& queue, int wait_ms = 0) {
  pollfd waiting{queue.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, wait_ms) == 1;
}

TEST(IkeQueue, GivesMessagesBackInTheirOrderWithTheirPaths) {
  IkeQueue queue{{.messages = 4, .octets = 64}};
  for (std::uint16_t i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(path_from(i), message_number(i)));
  for (std::uint16_t i = 0; i < 3; ++i) {
    const auto next = queue.pop();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->path, path_from(i));
    EXPECT_EQ(next->message, message_number(i));
  }
  EXPECT_FALSE(queue.pop());
}

TEST(IkeQueue, DropsWhatIsOneMessageTooMany) {
  IkeQueue queue{{.messages = 2, .octets = 64}};
  EXPECT_TRUE(queue.push(path_from(1), Bytes(1)));
  EXPECT_TRUE(queue.push(path_from(1), Bytes(1)));
  EXPECT_FALSE(queue.push(path_from(1), Bytes(1)));
  queue.pop();
  EXPECT_TRUE(queue.push(path_from(1), Bytes(1)));
}

TEST(IkeQueue, DropsWhatIsOneOctetTooMany) {
  IkeQueue queue{{.messages = 9, .octets = 10}};
  EXPECT_FALSE(queue.push(path_from(1), Bytes(11)));
  EXPECT_TRUE(queue.push(path_from(1), Bytes(6)));
  EXPECT_FALSE(queue.push(path_from(1), Bytes(5)));
  EXPECT_TRUE(queue.push(path_from(1), Bytes(4)));
  EXPECT_FALSE(queue.push(path_from(1), Bytes(1)));
  queue.pop();
  EXPECT_TRUE(queue.push(path_from(1), Bytes(6)));
}

TEST(IkeQueue, AMessageAcrossTheEndOfTheRingComesOutWhole) {
  IkeQueue queue{{.messages = 3, .octets = 16}};
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(queue.push(path_from(1), message_number(i)));
    ASSERT_TRUE(queue.push(path_from(2), message_number(i + 1)));
    EXPECT_EQ(queue.pop()->message, message_number(i));
    EXPECT_EQ(queue.pop()->message, message_number(i + 1));
  }
}

TEST(IkeQueue, IsReadableWhileThereAreMessages) {
  IkeQueue queue{{.messages = 4, .octets = 64}};
  EXPECT_FALSE(is_readable(queue));
  queue.push(path_from(1), Bytes(1));
  queue.push(path_from(1), Bytes(1));
  EXPECT_TRUE(is_readable(queue));
  queue.pop();
  EXPECT_TRUE(is_readable(queue));
  queue.pop();
  EXPECT_FALSE(queue.pop());
  EXPECT_FALSE(is_readable(queue));
  queue.push(path_from(1), Bytes(1));
  EXPECT_TRUE(is_readable(queue));
}

// As daemon and worker use it: who sleeps until it is readable is always woken, and nothing is torn or out of order.
TEST(IkeQueue, WhoWaitsForMessagesMissesNone) {
  constexpr std::size_t last = 10'000;
  constexpr int for_ever_ms = 20'000;
  IkeQueue queue{{.messages = 8, .octets = 40}};
  std::jthread worker{[&](const std::stop_token& stop) {
    for (std::size_t i = 0; i < last; ++i)
      while (!queue.push(path_from(static_cast<std::uint16_t>(i)), message_number(i)) && !stop.stop_requested())
        std::this_thread::yield();
  }};
  for (std::size_t seen = 0; seen < last;) {
    ASSERT_TRUE(is_readable(queue, for_ever_ms)) << "nobody woke us for message " << seen;
    for (; auto next = queue.pop(); ++seen) {
      ASSERT_EQ(next->path, path_from(static_cast<std::uint16_t>(seen)));
      ASSERT_EQ(next->message, message_number(seen));
    }
  }
}

}  // namespace
}  // namespace agilevpn::dataplane
