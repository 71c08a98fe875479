#include "linux/host_lock.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace agilevpn::linux {
namespace {

TEST(HostLock, IsHeldByOneAtATime) {
  const std::string name = "test" + std::to_string(::getpid());
  {
    const auto first = HostLock::take(name);
    ASSERT_TRUE(first) << first.error().to_string();
    const auto second = HostLock::take(name);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().to_string(), testing::HasSubstr("another agilevpnd"));
    EXPECT_TRUE(HostLock::take(name + "b"));
  }
  EXPECT_TRUE(HostLock::take(name));
}

}  // namespace
}  // namespace agilevpn::linux
