#include "base/host_name.h"

#include <gtest/gtest.h>

#include <string>

namespace agilevpn {
namespace {

TEST(HostName, IsADomainNameOrAnAddress) {
  for (const char* host :
       {"vpn.example.org", "gw", "203.0.113.10", "2001:db8::1", "3com.example", "_vpn.example.org", "a-b.c"})
    EXPECT_TRUE(is_host(host)) << host;
  EXPECT_TRUE(is_host(std::string(63, 'a') + ".org"));
}

TEST(HostName, HasNoPortNoBracketsAndNoScheme) {
  for (const char* other :
       {"", "a:500", "203.0.113.10:4500", "[2001:db8::1]", "[2001:db8::1]:500", "https://vpn.example.org",
        "vpn.example.org/", "a b", ".org", "a..b", "a.", "-a", "a-", "../up", "10.0.0.300", "10.0.0", "b\xc3\xbcro"})
    EXPECT_FALSE(is_host(other)) << other;
  EXPECT_FALSE(is_host(std::string(64, 'a')));
  EXPECT_FALSE(is_host(std::string(300, 'a')));
}

}  // namespace
}  // namespace agilevpn
