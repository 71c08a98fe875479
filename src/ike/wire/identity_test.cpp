#include <gtest/gtest.h>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {
namespace {

TEST(Identity, IsReadByItsLookAndShownAsItWasWritten) {
  const std::vector<std::pair<std::string, IdType>> cases{
      {"10.0.0.1", IdType::Ipv4Addr},
      {"2001:db8::1", IdType::Ipv6Addr},
      {"vpn.example.org", IdType::Fqdn},
      {"anna@example.org", IdType::Rfc822Addr},
      {"keyid:office 7", IdType::KeyId},
      {"keyid:0x00ff", IdType::KeyId},
      {"CN=anna, O=Example", IdType::DerAsn1Dn},
      {"CN=zoë, O=Example\\, Inc., C=DE", IdType::DerAsn1Dn},
  };
  for (const auto& [text, type] : cases) {
    const Identity identity = Identity::parse(text);
    EXPECT_EQ(identity.type, type) << text;
    EXPECT_EQ(identity.to_string(), text);
  }
}

TEST(Identity, ADistinguishedNameIsAnX501Name) {
  EXPECT_EQ(to_hex(Identity::parse("CN=anna, O=Example").data),
            "30213110300e060355040a0c074578616d706c65310d300b06035504030c04616e6e61");
}

TEST(Identity, WhatIsNoNameStaysText) {
  EXPECT_EQ(Identity::parse("NoSuchField=1").type, IdType::Fqdn);
  EXPECT_EQ(Identity::parse("NoSuchField=1, CN").type, IdType::Fqdn);
  EXPECT_EQ(Identity::parse("keyid:0xzz").data, to_bytes("0xzz"));
}

TEST(Identity, UnprintableOctetsAreShownInHex) {
  EXPECT_EQ((Identity{IdType::Fqdn, "00ff"_hex}.to_string()), "0x00ff");
  EXPECT_EQ((Identity{IdType::Fqdn, to_bytes("a\x1b[2J")}.to_string()), "0x611b5b324a");
  EXPECT_EQ((Identity{IdType::Ipv4Addr, "0a00"_hex}.to_string()), "0x0a00");
  EXPECT_EQ((Identity{IdType::DerAsn1Dn, "1010"_hex}.to_string()), "1010");
  EXPECT_EQ((Identity{IdType::KeyId, {}}.to_string()), "keyid:0x");
  EXPECT_EQ((Identity{IdType::Null, {}}.to_string()), "NULL");
}

}  // namespace
}  // namespace agilevpn::ike::wire
