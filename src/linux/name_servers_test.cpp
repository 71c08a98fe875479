#include "linux/name_servers.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace agilevpn::linux {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NamesInTheTunnel : public testing::Test {
 protected:
  NamesInTheTunnel() : servers_("vpn0", host()) {}

  NameServers::Host host() {
    NameServers::Host host;
    host.find_manager = [this] { return manager_; };
    host.run = [this](const std::vector<std::string>& command, std::string_view input) {
      ran_.push_back(fmt::format("{}{}{}", fmt::join(command, " "), input.empty() ? "" : " < ", input));
      return Result<void, Error>{};
    };
    return host;
  }
  std::vector<std::string> ran() { return std::exchange(ran_, {}); }
  static Names all_at(const char* server) { return {{*IpAddress::parse(server)}, {}, true}; }

  NameServers::Manager manager_ = NameServers::Manager::Resolved;
  std::vector<std::string> ran_;
  NameServers servers_;
};

TEST_F(NamesInTheTunnel, AreToldToResolvedOnce) {
  servers_.set(all_at("10.66.0.53"));
  EXPECT_THAT(ran(), ElementsAre("resolvectl dns vpn0 10.66.0.53", "resolvectl domain vpn0 ~.",
                                 "resolvectl default-route vpn0 yes"));
  servers_.set(all_at("10.66.0.53"));  // A move changes other things of the tunnel.
  EXPECT_THAT(ran(), IsEmpty());
  servers_.clear();
  EXPECT_THAT(ran(), ElementsAre("resolvectl revert vpn0"));
  servers_.clear();
  EXPECT_THAT(ran(), IsEmpty());
}

TEST_F(NamesInTheTunnel, StayInTheTunnelWhileTheyChange) {
  servers_.set(all_at("10.66.0.53"));
  ran();
  servers_.set(all_at("10.66.0.54"));
  EXPECT_THAT(ran(), testing::Not(testing::Contains("resolvectl revert vpn0")));
  servers_.set({});
  EXPECT_THAT(ran(), ElementsAre("resolvectl revert vpn0"));
}

TEST_F(NamesInTheTunnel, AreToldToResolvconfIfAllAre) {
  manager_ = NameServers::Manager::Resolvconf;
  servers_.set(all_at("10.66.0.53"));
  EXPECT_THAT(ran(), ElementsAre("resolvconf -a vpn0 < nameserver 10.66.0.53\n"));
  servers_.set({{*IpAddress::parse("10.66.0.53")}, {"corp.example"}, false});
  EXPECT_THAT(ran(), ElementsAre("resolvconf -d vpn0"));
  EXPECT_THAT(servers_.warning(), testing::HasSubstr("outside the tunnel"));
}

}  // namespace
}  // namespace agilevpn::linux
