#include "esp/router_advertisement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "esp/octets.h"
#include "esp/sample_packet.h"

namespace agilevpn::esp {
namespace {

constexpr std::size_t mtu = 1400;
const IpAddress asker = *IpAddress::parse("fe80::5:7");
const TrafficSelectors all_networks = {TrafficSelector::everything(Family::V4),
                                       TrafficSelector::everything(Family::V6)};

TrafficSelectors networks(const std::vector<const char*>& prefixes) {
  TrafficSelectors selectors;
  for (const char* prefix : prefixes) selectors.push_back(TrafficSelector::of(*IpPrefix::parse(prefix)));
  return selectors;
}

std::optional<Bytes> answer_to(const Bytes& packet, const TrafficSelectors& reachable = all_networks) {
  return router_advertisement(packet, *IpPacket::decode(packet), reachable, mtu);
}
std::optional<Bytes> answer_to(const SamplePacket& sample, const TrafficSelectors& reachable = all_networks) {
  return answer_to(sample.build(), reachable);
}

std::string body(const Bytes& answer) { return to_hex(ByteView{answer}.subspan(40 + 4)); }  // After the checksum.

TEST(RouterAdvertisement, MakesTheGatewayTheDefaultRouterOfWhoMayReachAll) {
  const auto answer = answer_to(SamplePacket::router_solicitation(asker));
  ASSERT_TRUE(answer);
  const auto ip = IpPacket::decode(*answer);
  EXPECT_EQ(ip->selectors.source.to_string(), "fe80::1");
  EXPECT_EQ(ip->selectors.destination, asker);
  EXPECT_EQ(ip->selectors.source_port, icmp6::router_advertisement);
  EXPECT_EQ((*answer)[7], std::byte{255}) << "RFC 4861 §6.1.2";
  EXPECT_TRUE(has_good_checksums(*answer));
  EXPECT_EQ(body(*answer),
            "4000ffff"            // Hop limit, no flags, router for the longest time.
            "0000000000000000"    // Reachable and retransmission times: not said.
            "0501000000000578"    // MTU 1400.
            "18010000ffffffff");  // ::/0 for ever.
}

TEST(RouterAdvertisement, OfASplitTunnelNamesItsNetworksAndNoDefaultRoute) {
  const auto reachable = networks({"10.0.0.0/8", "2001:db8:1::/48", "2001:db8:2::5/128", "fe80::/10", "ff02::2/128"});
  const auto answer = answer_to(SamplePacket::router_solicitation(asker), reachable);
  ASSERT_TRUE(answer);
  EXPECT_EQ(body(*answer),
            "40000000"
            "0000000000000000"
            "0501000000000578"
            "18023000ffffffff20010db800010000"
            "18038000ffffffff20010db8000200000000000000000005");
  EXPECT_TRUE(has_good_checksums(*answer));
}

TEST(RouterAdvertisement, OfARangeNamesWhatOfItGoesFurtherThanTheLink) {
  const TrafficSelectors range = {
      {.first_address = *IpAddress::parse("c000::"), .last_address = *IpAddress::parse("ff02::ffff")}};
  const auto answer = answer_to(SamplePacket::router_solicitation(asker), range);
  ASSERT_TRUE(answer);
  EXPECT_EQ(body(*answer).substr(40),  // After the MTU.
            "18020300ffffffffc000000000000000"
            "18020400ffffffffe000000000000000"
            "18020500fffffffff000000000000000"
            "18020600fffffffff800000000000000"
            "18020700fffffffffc00000000000000"
            "18020800fffffffffe00000000000000")
      << "ff00::/15 and ff02::/112 are multicast";
}

TEST(RouterAdvertisement, FitsIntoTheSmallestMtuWhateverIsReachable) {
  TrafficSelectors many;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const IpAddress host = *IpAddress::parse("2001:db8::")->plus(i);
    many.push_back(TrafficSelector::of({host, 128}));
  }
  EXPECT_LE(answer_to(SamplePacket::router_solicitation(asker), many)->size(), 1280u);
}

TEST(RouterAdvertisement, IsNotMadeForAnythingElse) {
  const auto with = [](auto change) {
    SamplePacket sample = SamplePacket::router_solicitation(asker);
    change(sample);
    return sample;
  };
  EXPECT_TRUE(answer_to(with([](SamplePacket&) {})));
  EXPECT_FALSE(answer_to(with([](SamplePacket& s) { s.hop_limit = 254; }))) << "it came over a router";
  EXPECT_FALSE(answer_to(with([](SamplePacket& s) { s.icmp6_type_and_code = icmp6::router_solicitation | 1; })));
  EXPECT_FALSE(answer_to(with([](SamplePacket& s) { s.icmp6_type_and_code = icmp6::echo_request; })));
  EXPECT_FALSE(answer_to(with([](SamplePacket& s) { s.source = *IpAddress::parse("2001:db8::5"); })));
  EXPECT_FALSE(answer_to(with([](SamplePacket& s) { s.protocol = protocol::udp; })));
  EXPECT_FALSE(answer_to(SamplePacket{}));
  Bytes damaged = SamplePacket::router_solicitation(asker).build();
  damaged[45] ^= std::byte{1};
  EXPECT_FALSE(answer_to(damaged)) << "its checksum is wrong";
}

}  // namespace
}  // namespace agilevpn::esp
