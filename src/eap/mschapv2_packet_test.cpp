#include "eap/mschapv2_packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::eap::mschapv2 {
namespace {

using testing::HasSubstr;

// Type-Data from Android's own tests, and of a strongSwan gateway that Android's compatibility tests recorded.
const Bytes challenge_octets =
    "0142002e105b5d7c7d7b3f2f3e3c2c60213226262861757468656e74696361746f7240616e64726f69642e6e6574"_hex;
const Bytes response_octets =
    "0242003a3121402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df0055736572"_hex;
const Bytes success_octets =
    "03540044533d46303639424335373639374530424135423444424539333530303530343244423535423546323139204d3d57656c636f6d65327374726f6e675377616e00"_hex;
const Bytes failure_octets =
    "041f0048453d36343720523d3120433d303030313032303330343035303630373038303930413042304330443045304620563d33204d3d7465737420416e64726f69642031323334"_hex;

Bytes with_text(std::uint8_t op_code, std::string_view text) {
  Writer out;
  out.u8(op_code).u8(1).u16(static_cast<std::uint16_t>(text.size() + 4)).bytes(as_bytes(text));
  return std::move(out).take();
}
const std::string digits40 = "0123456789ABCDEF0123456789ABCDEF01234567";
const std::string digits32 = "0123456789ABCDEF0123456789ABCDEF";

template <class T>
T request(ByteView type_data) {
  const auto decoded = decode_request(type_data);
  EXPECT_TRUE(decoded && std::holds_alternative<T>(*decoded))
      << (decoded ? "another kind" : decoded.error().to_string());
  return decoded && std::holds_alternative<T>(*decoded) ? std::get<T>(*decoded) : T{};
}

TEST(MsChapV2Packet, ReadsAndWritesAChallenge) {
  const auto challenge = request<Challenge>(challenge_octets);
  EXPECT_EQ(challenge.id, 0x42);
  EXPECT_EQ(to_hex(challenge.challenge), "5b5d7c7d7b3f2f3e3c2c602132262628");
  EXPECT_EQ(challenge.name, "authenticator@android.net");
  EXPECT_EQ(encode(challenge), challenge_octets);
}

TEST(MsChapV2Packet, ReadsAndWritesAResponse) {
  const auto reply = decode_response(response_octets);
  ASSERT_TRUE(reply && std::holds_alternative<Response>(*reply));
  const auto& response = std::get<Response>(*reply);
  EXPECT_EQ(to_hex(response.peer_challenge), "21402324255e262a28295f2b3a337c7e");
  EXPECT_EQ(to_hex(response.nt_response), "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
  EXPECT_EQ(response.name, "User");
  EXPECT_EQ(encode(response), response_octets);
}

TEST(MsChapV2Packet, ReadsASuccessThatEndsInAZero) {
  const auto success = request<Success>(success_octets);
  EXPECT_EQ(success.authenticator_response, "S=F069BC57697E0BA5B4DBE935005042DB55B5F219");
  EXPECT_EQ(success.message, "Welcome2strongSwan");
  EXPECT_EQ(concat({encode(success), Bytes(0)}).size(), success_octets.size() - 1);
}

TEST(MsChapV2Packet, ReadsAndWritesAFailure) {
  const auto refusal = request<Refusal>(failure_octets);
  EXPECT_EQ(refusal.error, ErrorCode::AccountDisabled);
  EXPECT_TRUE(refusal.may_retry);
  EXPECT_EQ(to_hex(*refusal.challenge), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(refusal.message, "test Android 1234");
  EXPECT_EQ(encode(refusal), failure_octets);
}

TEST(MsChapV2Packet, ReadsASuccessHoweverItIsSpaced) {
  EXPECT_EQ(request<Success>(with_text(3, "S=" + digits40)).message, "");
  EXPECT_EQ(request<Success>(with_text(3, "S=" + digits40 + " ")).message, "");
  EXPECT_EQ(request<Success>(with_text(3, "S=" + digits40 + " M=")).message, "");
  EXPECT_EQ(request<Success>(with_text(3, "S=" + digits40 + " N=12 M=a S=b M=c")).message, "a S=b M=c");
}

TEST(MsChapV2Packet, RefusesASuccessWithoutItsProof) {
  for (const std::string& text : {std::string{}, "M=" + digits40, std::string{"S=0123 M="}, "S=" + digits40 + "00 M=x",
                                  "S=" + digits40.substr(2) + "zz M=", "M=hello S=" + digits40})
    EXPECT_FALSE(decode_request(with_text(3, text))) << text;
}

TEST(MsChapV2Packet, ReadsAFailureWhoseFieldsAreMissing) {
  const auto bare = request<Refusal>(with_text(4, "E=691"));
  EXPECT_FALSE(bare.may_retry);
  EXPECT_FALSE(bare.challenge);
  EXPECT_FALSE(request<Refusal>(with_text(4, "E=691 R=1")).may_retry) << "there is no challenge to answer";
  EXPECT_FALSE(request<Refusal>(with_text(4, "E=691 R=0 C=" + digits32)).may_retry);
  EXPECT_TRUE(request<Refusal>(with_text(4, "C=" + digits32 + " X=9 R=1 E=691")).may_retry);
  EXPECT_EQ(static_cast<unsigned>(request<Refusal>(with_text(4, "E=0000000691 M=E=1")).error), 691u);
}

TEST(MsChapV2Packet, RefusesAFailureThatMakesNoSense) {
  for (const std::string& text :
       {std::string{}, std::string{"R=1"}, std::string{"E= R=1"}, std::string{"E=abc"}, std::string{"E=99999999999"},
        std::string{"E=-1"}, "E=691 C=" + digits32 + "00", std::string{"E=691 C=zxyd"}, std::string{"M=E=691"}})
    EXPECT_FALSE(decode_request(with_text(4, text))) << text;
}

TEST(MsChapV2Packet, EveryTruncationAndExtensionIsRefused) {
  for (const Bytes& whole : {challenge_octets, success_octets, failure_octets, response_octets}) {
    const bool is_response = whole == response_octets;
    const auto is_taken = [&](ByteView octets) {
      return is_response ? decode_response(octets).has_value() : decode_request(octets).has_value();
    };
    EXPECT_TRUE(is_taken(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(is_taken(ByteView{whole}.first(size))) << size;
    EXPECT_FALSE(is_taken(concat({whole, "00"_hex})));
  }
}

TEST(MsChapV2Packet, WithAFittingMsLengthOnlyTheNameMayBeShort) {
  for (std::size_t size = 4; size < response_octets.size(); ++size) {
    Writer out;
    out.bytes(ByteView{response_octets}.first(size)).patch_u16(2, static_cast<std::uint16_t>(size));
    EXPECT_EQ(decode_response(out.view()).has_value(), size >= 54) << size;
  }
  for (std::size_t size = 4; size < challenge_octets.size(); ++size) {
    Writer out;
    out.bytes(ByteView{challenge_octets}.first(size)).patch_u16(2, static_cast<std::uint16_t>(size));
    EXPECT_EQ(decode_request(out.view()).has_value(), size >= 21) << size;
  }
}

TEST(MsChapV2Packet, RefusesOtherSizesAndOpCodes) {
  for (const Bytes& whole : {challenge_octets, response_octets}) {
    Bytes changed = whole;
    changed[4] ^= std::byte{1};  // Value-Size
    EXPECT_FALSE(decode_request(changed));
    EXPECT_FALSE(decode_response(changed));
  }
  for (unsigned op_code = 0; op_code < 256; ++op_code) {
    const Bytes octets = with_text(static_cast<std::uint8_t>(op_code), "");
    EXPECT_FALSE(decode_request(octets)) << op_code;
    EXPECT_EQ(decode_response(octets).has_value(), op_code == 3 || op_code == 4 || op_code == 7) << op_code;
  }
  EXPECT_FALSE(decode_response(encode(Response{.name = std::string(257, 'x')})));
  EXPECT_TRUE(decode_response(encode(Response{.name = std::string(256, 'x')})));
}

TEST(MsChapV2Packet, ExplainsEveryErrorToTheUser) {
  const auto text = [](std::uint32_t code) {
    return explain(Refusal{.error = ErrorCode{code}, .challenge = {}, .message = {}});
  };
  EXPECT_THAT(text(646), HasSubstr("time of day"));
  EXPECT_THAT(text(647), HasSubstr("disabled"));
  EXPECT_THAT(text(648), HasSubstr("expired"));
  EXPECT_THAT(text(649), HasSubstr("permission"));
  EXPECT_THAT(text(691), HasSubstr("password is wrong"));
  EXPECT_THAT(text(709), HasSubstr("changed"));
  EXPECT_EQ(text(700), "the server refused the login (error 700)");
  EXPECT_THAT(explain(Refusal{.challenge = {}, .message = "Go away"}), HasSubstr("Go away"));
}

}  // namespace
}  // namespace agilevpn::eap::mschapv2
