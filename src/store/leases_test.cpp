#include "store/leases.h"

#include <gmock/gmock.h>

#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

using testing::ElementsAre;

class LeasesTest : public StoreTest {
 protected:
  static Lease lease(const char* address, std::string identity, std::string device = {}) {
    return {.pool = "ipv4",
            .address = *IpAddress::parse(address),
            .identity = std::move(identity),
            .device = std::move(device),
            .leased = now()};
  }
  void release(const char* address, WallTime time) {
    expect(leases_.release("ipv4", *IpAddress::parse(address), time));
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> out;
    for (const Lease& one : expect(leases_.load())) out.push_back(one.address.to_string());
    return out;
  }

  Database database_ = open();
  Leases leases_{database_};
};

TEST_F(LeasesTest, SurviveARestart) {
  const Lease anna = lease("10.66.0.2", "anna", "phone"),
              six = {"ipv6", *IpAddress::parse("fd66::2"), "anna", "phone", now(), {}};
  expect(leases_.put(anna));
  expect(leases_.put(six));
  Database again = open();
  EXPECT_THAT(expect(Leases{again}.load()), ElementsAre(anna, six));
}

TEST_F(LeasesTest, ThoseGivenBackLongestAgoComeFirstAndThoseInUseLast) {
  for (const char* address : {"10.66.0.2", "10.66.0.3", "10.66.0.4"}) expect(leases_.put(lease(address, "anna")));
  release("10.66.0.4", now() + std::chrono::seconds{1});
  release("10.66.0.2", now() + std::chrono::seconds{2});
  EXPECT_THAT(addresses(), ElementsAre("10.66.0.4", "10.66.0.2", "10.66.0.3"));
  expect(leases_.release_all(now() + std::chrono::seconds{3}));
  EXPECT_EQ(expect(leases_.load()).back().released, now() + std::chrono::seconds{3});
  EXPECT_EQ(expect(leases_.load()).front().released, now() + std::chrono::seconds{1}) << "released before";
}

TEST_F(LeasesTest, AnAddressHasOneOwner) {
  expect(leases_.put(lease("10.66.0.2", "anna")));
  release("10.66.0.2", now());
  expect(leases_.put(lease("10.66.0.2", "bert")));
  EXPECT_THAT(expect(leases_.load()), ElementsAre(lease("10.66.0.2", "bert")));
}

TEST_F(LeasesTest, OldOnesAreForgottenAndThoseInUseAreNot) {
  for (const char* address : {"10.66.0.2", "10.66.0.3", "10.66.0.4"}) expect(leases_.put(lease(address, "anna")));
  release("10.66.0.2", now());
  release("10.66.0.3", now() + std::chrono::seconds{1});
  expect(leases_.forget_old(now() + limits::lease_age_max));
  EXPECT_EQ(addresses().size(), 3u);
  expect(leases_.forget_old(now() + limits::lease_age_max + std::chrono::seconds{1}));
  EXPECT_THAT(addresses(), ElementsAre("10.66.0.3", "10.66.0.4"));
  expect(leases_.forget_old(now() + 2 * limits::lease_age_max));
  EXPECT_THAT(addresses(), ElementsAre("10.66.0.4"));
}

TEST_F(LeasesTest, NoMoreThanTheLatestAreRemembered) {
  for (unsigned i = 1; i <= 5; ++i) {
    const std::string address = "10.66.0." + std::to_string(i);
    expect(leases_.put(lease(address.c_str(), "anna")));
    release(address.c_str(), now() + std::chrono::seconds{i});
  }
  expect(leases_.forget_old(now(), 2));
  EXPECT_THAT(addresses(), ElementsAre("10.66.0.4", "10.66.0.5"));
}

}  // namespace
}  // namespace agilevpn::store
