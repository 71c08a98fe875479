// The keys and TLVs of PEAP against MS-PEAP §4.4.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "eap/packet.h"
#include "eap/peap_binding.h"
#include "eap/peap_packet.h"

namespace agilevpn::eap {
namespace {

class PeapVectors : public testing::Test {
 protected:
  Bytes octets(const char* name) const { return *from_hex(vectors.at(name).get<std::string>()); }
  peap::Binding binding(const char* name) const {
    peap::Binding out{};
    std::ranges::copy(octets(name), out.begin());
    return out;
  }
  nlohmann::json vectors =
      nlohmann::json::parse(std::ifstream{std::string{AGILEVPN_TESTDATA} + "/peap/ms-peap-cryptobinding.json"});
  peap::Keys keys = peap::derive_keys(octets("tunnel_key_tk"), octets("isk"));
};

TEST_F(PeapVectors, KeysOfTheBinding) {
  EXPECT_EQ(to_hex(keys.ipmk.view()), vectors["ipmk"].get<std::string>());
  EXPECT_EQ(to_hex(keys.cmk.view()), vectors["cmk"].get<std::string>());
}

TEST_F(PeapVectors, BothBindingsComeOut) {
  for (const auto& [name, subtype] :
       {std::pair{"request_tlv", peap::Subtype::Request}, std::pair{"response_tlv", peap::Subtype::Response}}) {
    const peap::Binding right = binding(name);
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
  EXPECT_FALSE(peap::is_binding(binding("request_tlv"), keys, peap::Subtype::Response));
}

TEST_F(PeapVectors, TheSessionKeyIsMadeOfBothKeys) {
  EXPECT_EQ(to_hex(peap::msk(keys).view()),
            vectors["server_recv_key"].get<std::string>() + vectors["server_send_key"].get<std::string>());
}

TEST_F(PeapVectors, ExtensionsDecodeAsTheyWereEncoded) {
  const peap::Extensions sent{.result = peap::Result::Success, .binding = binding("request_tlv")};
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
