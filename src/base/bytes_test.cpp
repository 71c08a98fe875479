#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/codec.h"
#include "base/secret.h"

namespace agilevpn {
namespace {

TEST(Hex, GoesBothWaysAndRefusesWhatIsNotHex) {
  EXPECT_EQ(to_hex("00ff10"_hex), "00ff10");
  EXPECT_EQ(from_hex("00 FF\n10"), "00ff10"_hex);
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("zz"));
}

TEST(Reader, ReadsNetworkOrderAndNamesThePlaceOfAnError) {
  const Bytes data = "0102030405060708090a0b0c0d0e0f"_hex;
  Reader in{data, 100};
  EXPECT_EQ(in.u8("a"), 0x01);
  EXPECT_EQ(in.u16("b"), 0x0203);
  EXPECT_EQ(in.u32("c"), 0x04050607u);
  EXPECT_EQ(in.u64("d"), 0x08090a0b0c0d0e0fu);
  EXPECT_TRUE(in.at_end());
  const auto past = in.u16("Payload Length");
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error(), (DecodeError{DecodeError::Kind::Truncated, 115, "Payload Length"}));
  EXPECT_EQ(past.error().to_string(), "Payload Length at octet 115: the data ends before it");
}

TEST(Reader, ASubReaderCannotLeaveItsPart) {
  const Bytes data = "0102030405"_hex;
  Reader in{data};
  auto part = in.sub(2, "part");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->u16("x"), 0x0102);
  EXPECT_FALSE(part->u8("y"));
  EXPECT_EQ(in.remaining(), 3u);
  EXPECT_EQ(in.expect_end("z").error().kind, DecodeError::Kind::Trailing);
}

TEST(Writer, WritesNetworkOrderAndPatchesLengths) {
  Writer out;
  out.u8(1).u16(0).u32(0xaabbccdd).bytes("ee"_hex).zeros(2);
  out.patch_u16(1, 0x0203);
  EXPECT_EQ(to_hex(out.view()), "010203aabbccddee0000");
}

TEST(Secret, ComparesByContent) {
  EXPECT_TRUE(Secret{"0102"_hex} == Secret{"0102"_hex});
  EXPECT_FALSE(Secret{"0102"_hex} == Secret{"0103"_hex});
  EXPECT_FALSE(equal_in_constant_time("01"_hex, "0100"_hex));
}

}  // namespace
}  // namespace agilevpn
