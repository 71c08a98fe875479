#include "eap/packet.h"

#include <gtest/gtest.h>

namespace agilevpn::eap {
namespace {

TEST(EapPacket, ReadsAndWritesAnIdentityResponse) {
  const Bytes octets = "0207000901616e6e61"_hex;
  const auto packet = decode(octets);
  ASSERT_TRUE(packet);
  EXPECT_EQ(*packet, (Packet{Code::Response, 7, Type::Identity, to_bytes("anna")}));
  EXPECT_EQ(encode(*packet), octets);
}

TEST(EapPacket, SuccessHasNoType) {
  EXPECT_EQ(encode({Code::Success, 9}), "03090004"_hex);
  const auto packet = decode("03090004"_hex);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, Type::None);
  EXPECT_FALSE(decode("0309000501"_hex));
}

TEST(EapPacket, IgnoresWhatFollowsItsLength) { EXPECT_TRUE(decode("0207000501ffff"_hex)); }

TEST(EapPacket, RefusesWhatCannotBe) {
  EXPECT_FALSE(decode(""_hex));
  EXPECT_FALSE(decode("020700"_hex));
  EXPECT_FALSE(decode("02070003"_hex));    // Shorter than its header.
  EXPECT_FALSE(decode("0207000601"_hex));  // Longer than the octets.
  EXPECT_FALSE(decode("05070004"_hex));    // No such Code.
  EXPECT_FALSE(decode("02070004"_hex));    // A Response without a Type.
}

TEST(EapMethod, IsCalledAsUsersAndAsGroupsNameIt) {
  EXPECT_EQ(parse_method("tls"), Type::Tls);
  EXPECT_EQ(parse_method("eap-tls"), Type::Tls);
  EXPECT_EQ(parse_method("peap"), Type::Peap);
  EXPECT_FALSE(parse_method("eap-"));
  EXPECT_FALSE(parse_method("eap-eap-tls"));
}

}  // namespace
}  // namespace agilevpn::eap
