#include "linux/kept_sysctls.h"

#include "linux/lab_fixture.h"
#include "linux/sysctl.h"

namespace agilevpn::linux {
namespace {

class Sysctls : public Lab {
 protected:
  void SetUp() override {
    Lab::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(write_sysctl(forwarding, "0"));
  }
  void TearDown() override { std::filesystem::remove(file); }
  static std::string now() { return read_sysctl(forwarding).value_or("?"); }

  static constexpr auto forwarding = "net.ipv4.ip_forward";
  const std::filesystem::path file = testing::TempDir() + "kept-sysctls-" + std::to_string(::getpid());
};

TEST_F(Sysctls, WhatWasChangedIsPutBack) {
  {
    KeptSysctls sysctls{file};
    ASSERT_TRUE(sysctls.set(forwarding, "1"));
    EXPECT_EQ(now(), "1");
    EXPECT_EQ(sysctls.notes(), std::vector<std::string>{"net.ipv4.ip_forward was 0, now 1"});
  }
  EXPECT_EQ(now(), "0");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Sysctls, WhatWasSoAlreadyStaysSo) {
  ASSERT_TRUE(write_sysctl(forwarding, "1"));
  {
    ASSERT_TRUE(KeptSysctls{file}.set(forwarding, "1"));
  }
  EXPECT_EQ(now(), "1");
}

TEST_F(Sysctls, AfterAKillTheNextCleanStopPutsThemBack) {
  {
    KeptSysctls killed{file};
    ASSERT_TRUE(killed.set(forwarding, "1"));
    std::filesystem::copy_file(file, file.string() + ".kept");
  }
  std::filesystem::rename(file.string() + ".kept", file);
  ASSERT_TRUE(write_sysctl(forwarding, "1"));  // As the killed run left it.
  {
    ASSERT_TRUE(KeptSysctls{file}.set(forwarding, "1"));
  }
  EXPECT_EQ(now(), "0");
}

}  // namespace
}  // namespace agilevpn::linux
