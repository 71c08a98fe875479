// The keys and TLVs of PEAP against MS-PEAP §4.4.
#include <gtest/gtest.h>

#include "eap/packet.h"
#include "eap/peap_binding.h"
#include "eap/peap_packet.h"

namespace agilevpn::eap {
namespace {

// [MS-PEAP] §4.4.
constexpr std::string_view tunnel_key =
    "738bb5f462d58e7ed844e1f00d0ebe50c50a2050de11997710d65f45fb5fbab7e3181e924f429738de40c846cdf50bcb"
    "f9cedb1e851d2252453bdf63";
constexpr std::string_view isk = "673e961401befba560717b3b5ddd40386567f9f416fd3e9dfc71163bdff2fa95";
constexpr std::string_view ipmk = "3a911c255473e83e9a0cc333ae1f8a35cdc74163e7f60f6c65ef71c26442aaaca2b6f1eb4f25eca3";
constexpr std::string_view cmk = "3355353b6920d074c782e475dfb0999d4db467eb";
constexpr std::string_view request_tlv =
    "000c003800000000bda7a599fa816521ad3064c2bddbd16eaa949e7d98a8d7943147cf425d85da7b0cbf105e91755748"
    "224fbb83000626911cfb1b0f";
constexpr std::string_view response_tlv =
    "000c0038000000016c6ba38784237457ccc90b1a908cbdf4711b69994d0cfe8d3db44ecbcdad37e942e086071d1c8b8c"
    "8e458f7021f06a6eab16b646";
constexpr std::string_view receive_key = "6a02d782201bc7138bf8eff733b496970d7cab300ac9577278e1ddd5aef76697";
constexpr std::string_view send_key = "1752d4e584a1c895039b4d05e3bc9a8484ddc2aa6e2ce162765c4068bff65a45";

peap::Binding binding(std::string_view hex) {
  peap::Binding out{};
  std::ranges::copy(*from_hex(hex), out.begin());
  return out;
}

class PeapVectors : public testing::Test {
 protected:
  peap::Keys keys = peap::derive_keys(*from_hex(tunnel_key), *from_hex(isk));
};

TEST_F(PeapVectors, KeysOfTheBinding) {
  EXPECT_EQ(to_hex(keys.ipmk.view()), ipmk);
  EXPECT_EQ(to_hex(keys.cmk.view()), cmk);
}

TEST_F(PeapVectors, BothBindingsComeOut) {
  for (const auto& [octets, subtype] :
       {std::pair{request_tlv, peap::Subtype::Request}, std::pair{response_tlv, peap::Subtype::Response}}) {
    const peap::Binding right = binding(octets);
    peap::Nonce nonce{};
    std::ranges::copy(std::span{right}.subspan(8, 32), nonce.begin());
    EXPECT_EQ(peap::make_binding(keys, subtype, nonce), right);
    EXPECT_TRUE(peap::is_binding(right, keys, subtype));
    for (std::size_t i = 0; i < right.size(); ++i) {
      peap::Binding wrong = right;
      wrong[i] ^= std::byte{1};
      EXPECT_FALSE(peap::is_binding(wrong, keys, subtype)) << "octet " << i;
    }
  }
  EXPECT_FALSE(peap::is_binding(binding(request_tlv), keys, peap::Subtype::Response));
}

TEST_F(PeapVectors, TheSessionKeyIsMadeOfBothKeys) {
  EXPECT_EQ(to_hex(peap::msk(keys).view()), std::string{receive_key} + std::string{send_key});
}

TEST_F(PeapVectors, ExtensionsDecodeAsTheyWereEncoded) {
  const peap::Extensions sent{.result = peap::Result::Success, .binding = binding(request_tlv)};
  const Bytes octets = encode(sent);
  const auto got = peap::decode_extensions(octets);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->result, sent.result);
  EXPECT_EQ(got->binding, sent.binding);
  for (std::size_t size = 1; size < octets.size(); ++size)
    EXPECT_EQ(peap::decode_extensions(ByteView{octets}.first(size)).has_value(), size == 6)
        << size;  // Six: the result alone.
}

TEST(PeapExtensions, WhatIsUnknownIsSkippedUnlessItIsMandatory) {
  EXPECT_TRUE(peap::decode_extensions("00070002abcd800300020001"_hex));
  EXPECT_FALSE(peap::decode_extensions("80070002abcd800300020001"_hex));
  EXPECT_FALSE(peap::decode_extensions("800300020003"_hex));
  EXPECT_FALSE(peap::decode_extensions("800300020001800300020001"_hex));
}

TEST(PeapPacket, GoesWithoutItsHeadUnlessItIsAnExtension) {
  const Bytes identity = encode(Packet{Code::Response, 7, Type::Identity, to_bytes("anna")});
  EXPECT_EQ(to_hex(peap::compress(identity)), "01616e6e61");
  EXPECT_EQ(peap::decompress(peap::compress(identity), Code::Response, 7), identity);
  const Bytes result = encode(Packet{Code::Request, 7, Type::Extensions, "800300020001"_hex});
  EXPECT_EQ(peap::compress(result), result);
  EXPECT_EQ(peap::decompress(result, Code::Request, 9), result);
}

TEST(PeapPacket, AWholeIdentityRequestAsFreeRadiusSendsItIsTakenAsItIs) {
  EXPECT_EQ(peap::decompress("0105000501"_hex, Code::Request, 9), "0105000501"_hex);
}

}  // namespace
}  // namespace agilevpn::eap
