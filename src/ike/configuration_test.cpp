#include "ike/configuration.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace agilevpn::ike {
namespace {

using Type = wire::ConfigurationAttributeType;

Lease read(Type type, Bytes value) {
  return read_configuration_reply({wire::ConfigurationType::Reply, {{type, std::move(value)}}});
}

TEST(Configuration, ALeaseComesBackAsItWasGiven) {
  Lease lease;
  lease.ipv4 = IpAddress::v4(10, 66, 0, 7);
  lease.ipv6 = IpPrefix::parse("fd66::7/64");
  lease.dns = {IpAddress::v4(10, 66, 0, 1), *IpAddress::parse("fd66::1")};
  lease.subnets = {*IpPrefix::parse("192.168.10.0/24"), *IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("fd10::/48")};
  lease.domains = {"corp.example.org", "_tcp.example-1.org"};
  lease.nbns = {IpAddress::v4(10, 66, 0, 3)};
  lease.servers = {IpAddress::v4(10, 66, 0, 1), *IpAddress::parse("fd66::1")};
  EXPECT_EQ(read_configuration_reply(configuration_reply(lease)), lease);
}

TEST(Configuration, WhatWindowsAsksForBesidesIsKnown) {
  const auto ask = [](std::vector<wire::ConfigurationAttribute> attributes) {
    return read_configuration_request({}, {}, {wire::ConfigurationType::Request, std::move(attributes)});
  };
  EXPECT_FALSE(ask({{Type::InternalIp4Address, {}}}).wants_servers);
  EXPECT_FALSE(ask({{Type::InternalIp4Address, {}}}).wants_nbns);
  EXPECT_TRUE(ask({{Type::InternalIp4Nbns, {}}}).wants_nbns);
  EXPECT_TRUE(ask({{Type::InternalIp4Server, {}}}).wants_servers);
  EXPECT_TRUE(ask({{Type::InternalIp6Server, {}}}).wants_servers);
}

TEST(Configuration, AGatewayOfWindowsIsAskedForItsInnerAddressesAndForWins) {
  const auto asks = [](PeerKind gateway, Type type) {
    const auto request = configuration_request(true, true, std::nullopt, gateway);
    return std::ranges::find(request.attributes, type, &wire::ConfigurationAttribute::type) != request.attributes.end();
  };
  EXPECT_FALSE(asks(PeerKind::Unknown, Type::InternalIp4Server));
  EXPECT_FALSE(asks(PeerKind::Unknown, Type::InternalIp4Nbns));
  EXPECT_TRUE(asks(PeerKind::WindowsServer, Type::InternalIp4Nbns));
  EXPECT_TRUE(asks(PeerKind::WindowsServer, Type::InternalIp4Server));
  EXPECT_TRUE(asks(PeerKind::WindowsServer, Type::InternalIp6Server));
}

TEST(Configuration, DomainsThatCouldMeanSomethingToAResolverAreLeftOut) {
  for (const char* domain : {"", "-x.example.org", ".", "~.", "a b", "a\nnameserver 192.0.2.1", "ex\xc3\xa4mple"})
    EXPECT_TRUE(read(Type::InternalDnsDomain, to_bytes(std::string_view{domain})).domains.empty()) << domain;
  EXPECT_TRUE(read(Type::InternalDnsDomain, to_bytes(std::string(254, 'a'))).domains.empty());
}

TEST(Configuration, PrefixesThatCannotBeAreLeftOut) {
  Bytes v6(17);
  v6.back() = std::byte{129};
  EXPECT_TRUE(read(Type::InternalIp6Subnet, v6).subnets.empty());
  EXPECT_FALSE(read(Type::InternalIp6Address, v6).ipv6);
  EXPECT_TRUE(read(Type::InternalIp4Subnet, "0a000000ff00ff00"_hex).subnets.empty()) << "a netmask with a hole";
  EXPECT_EQ(read(Type::InternalIp4Subnet, "0a000000ff000000"_hex).subnets, std::vector{*IpPrefix::parse("10.0.0.0/8")});
}

}  // namespace
}  // namespace agilevpn::ike
