// A network namespace of its own for each test, with two links like a laptop's. Needs root.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace agilevpn::linux {

// What a command prints.
inline std::string output_of(const std::string& command) {
  std::string text;
  std::array<char, 4096> part{};
  FILE* out = ::popen(command.c_str(), "r");
  while (out && std::fgets(part.data(), static_cast<int>(part.size()), out)) text += part.data();
  if (out) ::pclose(out);
  return text;
}

inline void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

class Lab : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root for a network namespace";
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    run("ip link set lo up");
    run("sysctl -qw net.ipv6.conf.default.accept_dad=0");
    for (const std::string nic : {"lan0", "lan1"}) run("ip link add " + nic + " type veth peer name far-" + nic);
  }

  // All that must be the same before and after.
  static std::string host_state() {
    return output_of("ip address; ip route show table all; ip -6 route show table all; ip rule; ip -6 rule");
  }
};

}  // namespace agilevpn::linux
