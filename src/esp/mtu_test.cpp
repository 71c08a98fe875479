#include "esp/mtu.h"

#include <gtest/gtest.h>

#include "esp/icmp_error.h"
#include "esp/sample_packet.h"

namespace agilevpn::esp {
namespace {

using crypto::EncryptionId;
using crypto::IntegrityId;

constexpr std::uint8_t syn = 0x02;
const IpAddress source_v6 = *IpAddress::parse("2001:db8::1");
const IpAddress destination_v6 = *IpAddress::parse("2001:db8::2");

TEST(InnerMtu, IsTheLargestPacketThatFits) {
  for (const crypto::CipherSuite& suite :
       {crypto::CipherSuite{EncryptionId::AesGcm16, 256},
        crypto::CipherSuite{EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_512_256}}) {
    const PacketLayout layout = *PacketLayout::of(suite);
    for (const Encapsulation& encapsulation : {Encapsulation{Family::V4, true}, Encapsulation{Family::V6, false}}) {
      for (std::size_t outer = 576; outer < 1600; ++outer) {
        const std::size_t inner = inner_mtu(outer, layout, encapsulation);
        EXPECT_LE(layout.sealed_size(inner) + outer_header_size(encapsulation), outer);
        EXPECT_GT(layout.sealed_size(inner + 1) + outer_header_size(encapsulation), outer);
      }
    }
    EXPECT_EQ(inner_mtu(30, layout, {}), 0u);
  }
}

std::uint16_t mss_of(ByteView packet, std::size_t at) { return load<std::uint16_t>(packet, at); }

TEST(ClampMss, LowersTheMssOfASynAndKeepsTheChecksum) {
  Bytes packet = SamplePacket{.protocol = protocol::tcp, .flags = syn, .tcp_options = "020405b40402080a"_hex}.build();
  clamp_mss(packet, *IpPacket::decode(packet), 1400);
  EXPECT_EQ(mss_of(packet, 42), 1360);
  EXPECT_TRUE(has_good_checksums(packet));
}

TEST(ClampMss, FindsItAtAnOddPlaceAndInIpv6) {
  Bytes packet = SamplePacket{.source = source_v6,
                              .destination = destination_v6,
                              .protocol = protocol::tcp,
                              .flags = syn,
                              .tcp_options = "01020405b4010101"_hex}
                     .build();
  clamp_mss(packet, *IpPacket::decode(packet), 1400);
  EXPECT_EQ(mss_of(packet, 63), 1340);
  EXPECT_TRUE(has_good_checksums(packet));
}

TEST(ClampMss, LeavesEverythingElseAlone) {
  const SamplePacket tcp{.protocol = protocol::tcp, .flags = syn, .tcp_options = "020405b4"_hex};
  SamplePacket established = tcp, small = tcp, broken = tcp, endless = tcp;
  established.flags = 0x10;
  small.tcp_options = "02040218"_hex;
  broken.tcp_options = "020605b4"_hex;
  endless.tcp_options = "03000405"_hex;
  for (const SamplePacket& sample : {established, small, broken, endless, SamplePacket{}}) {
    Bytes packet = sample.build();
    const auto ip = *IpPacket::decode(packet);
    if (is_tcp_syn(packet, ip)) clamp_mss(packet, ip, 1400);
    EXPECT_EQ(packet, sample.build());
  }
}

std::optional<Bytes> error_about(const SamplePacket& sample, IcmpError error, std::size_t mtu = 0) {
  const Bytes packet = sample.build();
  return icmp_error(error, packet, *IpPacket::decode(packet), mtu);
}

TEST(IcmpError, TellsAnIpv4SenderTheMtu) {  // RFC 1191 §4
  const SamplePacket sample{.payload = Bytes(1400)};
  const Bytes error = *error_about(sample, IcmpError::TooBig, 1300);
  EXPECT_EQ(error.size(), 576u);
  EXPECT_TRUE(has_good_checksums(error));
  EXPECT_EQ(IpPacket::decode(error)->selectors.destination, sample.source);
  EXPECT_EQ(load<std::uint16_t>(error, 20), 0x0304);
  EXPECT_EQ(load<std::uint16_t>(error, 26), 1300);
  EXPECT_TRUE(equal(ByteView{error}.subspan(28), ByteView{sample.build()}.first(548)));
}

TEST(IcmpError, TellsAnIpv6SenderTheMtuButNeverLessThanItMayAssume) {  // RFC 4443 §3.2, RFC 8200 §5
  const SamplePacket sample{.source = source_v6, .destination = destination_v6, .payload = Bytes(1400)};
  const Bytes error = *error_about(sample, IcmpError::TooBig, 1000);
  EXPECT_EQ(error.size(), 1280u);
  EXPECT_TRUE(has_good_checksums(error));
  EXPECT_EQ(load<std::uint16_t>(error, 40), 0x0200);
  EXPECT_EQ(load<std::uint32_t>(error, 44), 1280u);
}

TEST(IcmpError, SaysThatNoSaCoversAPacket) {
  EXPECT_EQ(load<std::uint16_t>(*error_about({}, IcmpError::Prohibited), 20), 0x030d);
  const SamplePacket v6{.source = source_v6, .destination = destination_v6};
  EXPECT_EQ(load<std::uint16_t>(*error_about(v6, IcmpError::Prohibited), 40), 0x0101);
}

TEST(IcmpError, IsNeverSentAboutErrorsOrToMany) {  // RFC 1122 §3.2.2
  EXPECT_FALSE(error_about({.destination = IpAddress::v4(224, 0, 0, 251)}, IcmpError::Prohibited));
  EXPECT_FALSE(error_about({.destination = IpAddress::last(Family::V4)}, IcmpError::Prohibited));
  EXPECT_FALSE(error_about({.source = IpAddress::any(Family::V4)}, IcmpError::Prohibited));
  EXPECT_TRUE(error_about({.protocol = protocol::icmp}, IcmpError::Prohibited));
  const Bytes error = *error_about({}, IcmpError::Prohibited);
  EXPECT_FALSE(icmp_error(IcmpError::Prohibited, error, *IpPacket::decode(error)));
}

}  // namespace
}  // namespace agilevpn::esp
