#include "gateway/address_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

AddressPool pool(const char* prefix, const std::vector<IpAddress>& reserved = {}) {
  return AddressPool{IpPrefix::parse(prefix).value(), reserved};
}

std::string text(const std::optional<IpAddress>& address) { return address ? address->to_string() : "none"; }

TEST(AddressPool, LeasesNeitherNetworkNorBroadcastNorTheGatewaysOwnAddress) {
  AddressPool small = pool("10.66.0.0/29", {IpAddress::v4(10, 66, 0, 1)});
  std::vector<std::string> leased;
  while (const auto address = small.lease("peer " + std::to_string(leased.size())))
    leased.push_back(address->to_string());
  EXPECT_THAT(leased, testing::ElementsAre("10.66.0.2", "10.66.0.3", "10.66.0.4", "10.66.0.5", "10.66.0.6"));
}

TEST(AddressPool, OfABigPrefixLeasesNothingThatLooksLikeANetworkOrBroadcastAddress) {
  AddressPool big = pool("10.66.0.0/22");
  std::size_t count = 0;
  while (const auto address = big.lease("peer " + std::to_string(count))) {
    EXPECT_NE(address->bytes().back(), std::byte{0});
    EXPECT_NE(address->bytes().back(), std::byte{255});
    ++count;
  }
  EXPECT_EQ(count, 4u * 254);
}

TEST(AddressPool, OfAnIpv6PrefixLeasesNothingThatEndsInZeros) {
  AddressPool v6 = pool("fd66::/64");
  EXPECT_EQ(text(v6.lease("anna")), "fd66::1");
  EXPECT_EQ(text(v6.lease("bert", IpAddress::parse("fd66::1:0"))), "fd66::2");
  EXPECT_EQ(text(v6.lease("carl", IpAddress::parse("fd66::1:1"))), "fd66::1:1");
}

TEST(AddressPool, OfTwoAddressesWithoutABroadcastAddressLeasesBoth) {  // RFC 3021
  AddressPool pair = pool("10.66.0.4/31");
  EXPECT_EQ(text(pair.lease("anna")), "10.66.0.4");
  EXPECT_EQ(text(pair.lease("bert")), "10.66.0.5");
}

TEST(AddressPool, AnIdentityComesBackToItsAddress) {
  AddressPool some = pool("10.66.0.0/24");
  EXPECT_EQ(text(some.lease("anna")), "10.66.0.1");
  some.release(IpAddress::v4(10, 66, 0, 1));
  EXPECT_EQ(text(some.lease("bert")), "10.66.0.2");
  EXPECT_EQ(text(some.lease("anna")), "10.66.0.1");
}

TEST(AddressPool, TwoDevicesOfOneIdentityGetTwoAddresses) {
  AddressPool some = pool("10.66.0.0/24");
  EXPECT_EQ(text(some.lease("anna")), "10.66.0.1");
  EXPECT_EQ(text(some.lease("anna")), "10.66.0.2");
  some.release(IpAddress::v4(10, 66, 0, 1));
  EXPECT_EQ(text(some.lease("anna")), "10.66.0.1");
}

TEST(AddressPool, AWishIsGrantedUnlessTheAddressIsOrWasSomebodyElses) {
  AddressPool some = pool("10.66.0.0/24");
  EXPECT_EQ(text(some.lease("anna", IpAddress::v4(10, 66, 0, 50))), "10.66.0.50");
  EXPECT_EQ(text(some.lease("bert", IpAddress::v4(10, 66, 0, 50))), "10.66.0.1");
  some.release(IpAddress::v4(10, 66, 0, 50));
  EXPECT_EQ(text(some.lease("carl", IpAddress::v4(10, 66, 0, 50))), "10.66.0.2");
  EXPECT_EQ(text(some.lease("dora", IpAddress::v4(192, 168, 0, 1))), "10.66.0.3");
}

TEST(AddressPool, AnAddressThatIsTakenIsTheTakersWhoeverHadIt) {
  AddressPool some = pool("10.66.0.0/29", {IpAddress::v4(10, 66, 0, 1)});
  const IpAddress address = IpAddress::v4(10, 66, 0, 3);
  some.restore(address, "bert");
  EXPECT_TRUE(some.take(address, "anna"));
  EXPECT_FALSE(some.take(address, "anna")) << "it is leased";
  EXPECT_EQ(text(some.lease("bert")), "10.66.0.2");
  some.release(address);
  EXPECT_EQ(text(some.lease("anna")), "10.66.0.3");
  for (const char* never : {"10.66.0.0", "10.66.0.1", "10.66.0.7"})
    EXPECT_FALSE(some.take(*IpAddress::parse(never), "anna")) << never;
}

TEST(AddressPool, WhatItForgotIsLeasedAgain) {
  AddressPool large = pool("10.66.0.0/15");  // More than it remembers.
  const auto lease_all = [&] {
    std::vector<IpAddress> all;
    while (const auto address = large.lease(std::to_string(all.size()))) all.push_back(*address);
    return all;
  };
  const auto all = lease_all();
  EXPECT_GT(all.size(), 100'000u);
  for (const IpAddress& address : all) large.release(address);
  EXPECT_EQ(lease_all().size(), all.size());
}

TEST(AddressPool, AFullPoolGivesTheAddressThatWasReturnedLongestAgo) {
  AddressPool small = pool("10.66.0.0/29");
  for (int i = 1; i <= 6; ++i) small.lease(std::to_string(i));
  EXPECT_EQ(text(small.lease("anna")), "none");
  small.release(IpAddress::v4(10, 66, 0, 5));
  small.release(IpAddress::v4(10, 66, 0, 2));
  EXPECT_EQ(text(small.lease("anna")), "10.66.0.5");
  EXPECT_EQ(text(small.lease("bert")), "10.66.0.2");
  EXPECT_EQ(text(small.lease("carl")), "none");
  EXPECT_EQ(small.leased_count(), 6u);
}

}  // namespace
}  // namespace agilevpn::gateway
