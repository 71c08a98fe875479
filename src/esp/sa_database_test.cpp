#include "esp/sa_database.h"

#include <gtest/gtest.h>

#include "esp/mtu.h"
#include "esp/sample_packet.h"

namespace agilevpn::esp {
namespace {

constexpr crypto::CipherSuite suite{crypto::EncryptionId::AesGcm16, 128};
const Tunnel tunnel{{{IpAddress::v4(192, 0, 2, 1), 4500}, {IpAddress::v4(192, 0, 2, 2), 4500}}, true};

// A Child SA whose peer may be reached at `remote`.
std::shared_ptr<SaPair> pair(std::uint32_t spi, const char* remote) {
  static const Bytes key(20);
  SaParameters out{.spi = {spi}, .suite = suite, .encryption_key = key};
  out.source = {TrafficSelector::everything(Family::V4)};
  out.destination = {TrafficSelector::of(*IpPrefix::parse(remote))};
  SaParameters in = out;
  std::swap(in.source, in.destination);
  return std::make_shared<SaPair>(InboundSa::make(in), OutboundSa::make(out), tunnel);
}

PacketSelectors to(const char* destination) {
  return {
      .source = IpAddress::v4(10, 1, 1, 1), .destination = *IpAddress::parse(destination), .protocol = protocol::udp};
}

// Of these, the preferred first.
SaDatabase database_of(const std::vector<std::shared_ptr<SaPair>>& pairs) {
  SaDatabase database;
  for (std::size_t i = 0; i < pairs.size(); ++i) database.put({pairs[i], pairs.size() - i});
  return database;
}

TEST(SaDatabase, FindsInboundBySpi) {
  const auto one = pair(300, "10.0.0.1"), two = pair(256, "10.0.0.2");
  const SaDatabase database = database_of({one, two});
  EXPECT_EQ(database.find_inbound({300}), one.get());
  EXPECT_EQ(database.find_inbound({256}), two.get());
  EXPECT_EQ(database.find_inbound({257}), nullptr);
}

TEST(SaDatabase, FindsOutboundBySelectorsHostsFirst) {
  const auto everything = pair(256, "0.0.0.0/0"), host = pair(257, "10.0.0.2"), net = pair(258, "10.0.0.0/8");
  const SaDatabase database = database_of({net, everything, host});
  EXPECT_EQ(database.find_outbound(to("10.0.0.2")), host.get());
  EXPECT_EQ(database.find_outbound(to("10.0.0.3")), net.get());
  EXPECT_EQ(database.find_outbound(to("192.0.2.9")), everything.get());
  EXPECT_EQ(database.find_outbound(to("2001:db8::1")), nullptr);
}

TEST(SaDatabase, TheFirstThatMaySealDoes) {
  const auto old_pair = pair(256, "10.0.0.2"), new_pair = pair(257, "10.0.0.2");
  EXPECT_EQ(database_of({new_pair, old_pair}).find_outbound(to("10.0.0.2")), new_pair.get());
  SaDatabase rekeying;  // RFC 7296 §2.8
  rekeying.put({old_pair, 1});
  rekeying.put({new_pair, 0});
  EXPECT_EQ(rekeying.find_outbound(to("10.0.0.2")), old_pair.get());
  EXPECT_EQ(rekeying.find_inbound({257}), new_pair.get());
}

TEST(SaDatabase, WhatIsTakenOutIsFoundNoMoreAndTheRestKeepsItsOrder) {
  const auto first = pair(256, "10.0.0.2"), second = pair(257, "10.0.0.2"), moved = pair(257, "10.0.0.2");
  const auto wide = pair(258, "0.0.0.0/0"), net = pair(259, "10.0.0.0/8");
  SaDatabase database = database_of({first, second, net, wide});  // Preferences 4 to 1.
  const SaDatabase copy = database;
  database.take(*second);
  EXPECT_EQ(database.find_inbound({257}), nullptr);
  database.put({moved, 3});
  EXPECT_EQ(database.find_inbound({257}), moved.get());
  EXPECT_EQ(database.find_outbound(to("10.0.0.2")), first.get());
  database.take(*first);
  EXPECT_EQ(database.find_outbound(to("10.0.0.2")), moved.get());
  database.take(*moved);
  EXPECT_EQ(database.find_outbound(to("10.0.0.2")), net.get());
  database.take(*net);
  EXPECT_EQ(database.find_outbound(to("10.0.0.2")), wide.get());
  database.take(*wide);
  EXPECT_EQ(database.find_outbound(to("10.0.0.2")), nullptr);
  EXPECT_EQ(database.size(), 0u);
  EXPECT_EQ(copy.find_outbound(to("10.0.0.2")), first.get());
  EXPECT_EQ(copy.find_inbound({257}), second.get());
}

TEST(SaDatabase, OpensABatchOfManySas) {
  const auto one = pair(300, "10.0.0.1"), two = pair(256, "10.0.0.2");
  const SaDatabase database = database_of({one, two});
  const SamplePacket from_one{.source = IpAddress::v4(10, 0, 0, 1), .destination = IpAddress::v4(10, 0, 0, 2)};
  Bytes first = *one->outbound().seal(from_one.build());
  Bytes second = *two->outbound().seal(from_one.build());
  Bytes stranger = first, scrap = "010203"_hex;
  store<std::uint32_t>(stranger, 0, 9999);
  std::vector<SaDatabase::OpenJob> jobs(4);
  jobs[0].packet = first;
  jobs[1].packet = second;
  jobs[2].packet = stranger;
  jobs[3].packet = scrap;
  database.open(Instant{1s}, jobs);
  EXPECT_EQ(jobs[0].pair, one.get());
  ASSERT_TRUE(jobs[0].inner);
  EXPECT_TRUE(equal(jobs[0].inner->octets, from_one.build()));
  EXPECT_EQ(jobs[1].inner.error(), DropReason::SelectorMismatch);
  EXPECT_EQ(jobs[2].inner.error(), DropReason::UnknownSpi);
  EXPECT_EQ(jobs[3].inner.error(), DropReason::Malformed);
}

TEST(SaPair, LearnsItsPathsMtu) {
  const auto child = pair(300, "10.0.0.1");
  constexpr Instant start{100s};
  EXPECT_EQ(child->inner_mtu(start), largest_ip_packet);
  child->set_path_mtu(start, 1500);
  EXPECT_EQ(child->inner_mtu(start), 1438u);  // 20 + 8 + 8 + 8 + 1440 + 16
  EXPECT_EQ(child->inner_mtu(start + 10min - 1ns), 1438u);
  EXPECT_EQ(child->inner_mtu(start + 10min), largest_ip_packet);
  child->set_path_mtu(start, 0);
  EXPECT_GT(child->inner_mtu(start), 500u);
  EXPECT_EQ(child->outbound().layout().sealed_size(1438) + 28, 1500u);
}

}  // namespace
}  // namespace agilevpn::esp
