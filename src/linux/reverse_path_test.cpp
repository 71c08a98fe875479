#include "linux/reverse_path.h"

#include <gmock/gmock.h>

#include "linux/lab_fixture.h"

namespace agilevpn::linux {
namespace {

class ReversePath : public Lab {};

TEST_F(ReversePath, WhoFiltersStrictlyIsNamedWithTheRemedy) {
  run("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0 net.ipv4.conf.lan1.rp_filter=0 "
      "net.ipv4.conf.far-lan0.rp_filter=0 net.ipv4.conf.far-lan1.rp_filter=0");
  EXPECT_EQ(reverse_path_warning(), "");
  run("sysctl -qw net.ipv4.conf.lan1.rp_filter=1");
  EXPECT_THAT(reverse_path_warning(), testing::HasSubstr("filtering on lan1 drops"));
  run("sysctl -qw net.ipv4.conf.all.rp_filter=2");
  EXPECT_EQ(reverse_path_warning(), "") << "the higher one counts";
}

}  // namespace
}  // namespace agilevpn::linux
