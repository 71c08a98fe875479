#include "radius/packet.h"

#include <gtest/gtest.h>

#include "radius/authenticator.h"
#include "radius/capture_fixture.h"
#include "radius/dictionary.h"
#include "radius/hidden.h"
#include "radius/packet_stream.h"

namespace agilevpn::radius {
namespace {

const Secret rfc_secret = Secret::copy_of(as_bytes("xyzzy5461"));  // Of RFC 2865 §7.

// RFC 2865 §7.1: nemo logs in with the password "arctangent".
const Bytes login =
    "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003"_hex;
const Bytes login_accepted = "0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103"_hex;

TEST(RadiusPacket, ReadsTheLoginOfRfc2865) {
  const auto packet = decode(login);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->code, Code::AccessRequest);
  EXPECT_EQ(packet->attributes.text(Type::UserName), "nemo");
  EXPECT_EQ(packet->attributes.ipv4(Type::NasIpAddress), IpAddress::v4(192, 168, 1, 16));
  EXPECT_EQ(packet->attributes.integer(Type::NasPort), 3u);
  const auto password =
      reveal_password(packet->attributes.find(Type::UserPassword)->value, packet->authenticator, rfc_secret);
  ASSERT_TRUE(password);
  EXPECT_EQ(to_text(password->view()), "arctangent");
  EXPECT_EQ(hide_password(as_bytes("arctangent"), packet->authenticator, rfc_secret),
            packet->attributes.find(Type::UserPassword)->value);
  EXPECT_EQ(encode(*packet), login);
}

TEST(RadiusPacket, VerifiesTheAnswersOfRfc2865) {
  const auto request = decode(login)->authenticator;
  EXPECT_TRUE(is_authentic_response(login_accepted, request, rfc_secret, MessageAuthenticator::Optional));
  EXPECT_FALSE(is_authentic_response(login_accepted, request, rfc_secret, MessageAuthenticator::Required));
  EXPECT_FALSE(is_authentic_response(login_accepted, request, Secret::copy_of(as_bytes("xyzzy5462")),
                                     MessageAuthenticator::Optional));
  EXPECT_FALSE(is_authentic_response(login_accepted, Authenticator{}, rfc_secret, MessageAuthenticator::Optional));
  // §7.3: the Access-Reject that mopsy gets.
  const Bytes rejected = "03030014a42f4fca45916c4e09c8340f9e746aa0"_hex;
  Authenticator mopsy{};
  std::ranges::copy("b122556d428a13d0d62538 07c457ecf0"_hex, mopsy.begin());
  EXPECT_TRUE(is_authentic_response(rejected, mopsy, rfc_secret, MessageAuthenticator::Optional));
}

TEST(RadiusPacket, EveryTruncationFails) {
  for (std::size_t size = 0; size < login.size(); ++size) EXPECT_FALSE(decode(ByteView{login}.first(size))) << size;
}

TEST(RadiusPacket, IgnoresPaddingAndRefusesWhatCannotBe) {
  EXPECT_EQ(decode(concat({login, "0000"_hex})), decode(login));
  EXPECT_FALSE(decode("01000013"_hex));                                     // A Length below 20.
  EXPECT_FALSE(decode(concat({"01001001"_hex, Bytes(4093)})));              // Above 4096.
  EXPECT_FALSE(decode(concat({"01000016"_hex, Bytes(16), "0101"_hex})));    // An attribute shorter than its header.
  EXPECT_FALSE(decode(concat({"01000017"_hex, Bytes(16), "01047a"_hex})));  // And one longer than the packet.
}

TEST(RadiusPacket, MicrosoftsAttributesAreTyped) {
  const Bytes octets = concat({"02070034"_hex, Bytes(16), "1a1400000137"_hex, "1c060a000001"_hex,
                               "1d080a0000020000"_hex, "1a0c0000013711060a000003"_hex});
  const auto packet = decode(octets);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->attributes.ipv4(MicrosoftType::PrimaryDnsServer), IpAddress::v4(10, 0, 0, 1));
  EXPECT_EQ(packet->attributes.size(), 3u);
  EXPECT_EQ(find_invalid_size(packet->attributes)->id, AttributeId{MicrosoftType::SecondaryDnsServer});
  EXPECT_EQ(decode(encode(*packet)), packet);
}

TEST(RadiusPacket, OtherVendorsAttributesStayAsTheyAre) {
  const Bytes octets = concat({"02070029"_hex, Bytes(16), "1a0c000000090106612c6262"_hex, "1a0900000137ff0041"_hex});
  const auto packet = decode(octets);
  ASSERT_TRUE(packet);
  EXPECT_FALSE(packet->attributes.begin()->id.is_microsoft());
  EXPECT_EQ(encode(*packet), octets);
}

TEST(RadiusPacket, EapPacketsAreCutAndJoined) {
  for (const std::size_t size : {0u, 1u, 253u, 254u, 1020u}) {
    Packet packet{.code = Code::AccessRequest};
    const Bytes eap(size, std::byte{7});
    packet.attributes.add_eap(eap);
    EXPECT_EQ(packet.attributes.size(), std::max<std::size_t>(1, (size + 252) / 253));
    EXPECT_EQ(decode(encode(packet))->attributes.eap(), eap);
  }
}

TEST(RadiusPacket, PrefixesAreThoseOfRfc3162) {
  Attributes attributes;
  attributes.add_prefix(Type::FramedIpv6Prefix, *IpPrefix::parse("2001:db8:a0b:12f0::/60"));
  EXPECT_EQ(to_hex(attributes.begin()->value), "003c20010db80a0b12f0");
  EXPECT_EQ(ipv6_prefix_of(attributes.begin()->value)->to_string(), "2001:db8:a0b:12f0::/60");
  EXPECT_FALSE(ipv6_prefix_of("003c20010db8"_hex));          // Fewer octets than the length says.
  EXPECT_FALSE(ipv6_prefix_of("003c20010db80a0b12f8"_hex));  // Bits beyond it.
  EXPECT_FALSE(ipv6_prefix_of(concat({"0081"_hex, Bytes(16)})));
  EXPECT_EQ(ipv6_prefix_of("0000"_hex)->to_string(), "::/0");
}

TEST(RadiusAuthenticator, EveryBitOfASealedPacketIsProtected) {
  Packet request{.code = Code::AccessRequest, .identifier = 5};
  request.authenticator.fill(std::byte{0x5a});
  request.attributes.add_text(Type::UserName, "anna").add(Type::State, "0102"_hex);
  const Bytes sealed = seal_request(request, rfc_secret);
  ASSERT_TRUE(is_authentic_request(sealed, rfc_secret, MessageAuthenticator::Required));
  EXPECT_EQ(decode(sealed)->attributes.begin()->id, AttributeId{Type::MessageAuthenticator});
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes forged = sealed;
    forged[bit / 8] ^= std::byte{1} << (bit % 8);
    if (decode(forged)) {
      EXPECT_FALSE(is_authentic_request(forged, rfc_secret, MessageAuthenticator::Required)) << "bit " << bit;
    }
  }
}

TEST(RadiusAuthenticator, RequestsOfServersAndTheirAnswersVerify) {
  for (const Code code : {Code::AccountingRequest, Code::DisconnectRequest, Code::CoaRequest, Code::StatusServer}) {
    Packet request{.code = code, .identifier = 9};
    request.attributes.add_text(Type::AcctSessionId, "17");
    const Bytes sealed = seal_request(request, rfc_secret);
    EXPECT_TRUE(is_authentic_request(sealed, rfc_secret, MessageAuthenticator::Optional)) << to_string(code);
    EXPECT_EQ(is_authentic_request(sealed, rfc_secret, MessageAuthenticator::Required),
              code != Code::AccountingRequest);
    EXPECT_FALSE(is_authentic_request(sealed, Secret{}, MessageAuthenticator::Optional));
  }
  const Packet answer{.code = Code::DisconnectAck, .identifier = 9};
  const Authenticator of_request{};
  EXPECT_TRUE(is_authentic_response(seal_response(answer, of_request, rfc_secret), of_request, rfc_secret,
                                    MessageAuthenticator::Required));
}

TEST(RadiusAuthenticator, TwoMessageAuthenticatorsAreNone) {
  Packet request{.code = Code::AccessRequest};
  const Bytes sealed = seal_request(request, rfc_secret);
  Bytes twice = concat({sealed, ByteView{sealed}.subspan(20)});
  twice[3] = std::byte{56};
  ASSERT_TRUE(decode(twice));
  EXPECT_FALSE(is_authentic_request(twice, rfc_secret, MessageAuthenticator::Optional));
}

TEST(RadiusHidden, PasswordsOfEverySizeComeBack) {
  const Authenticator request{std::byte{1}};
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 128u}) {
    const Bytes password(size, std::byte{'x'});
    const Bytes hidden = hide_password(password, request, rfc_secret);
    EXPECT_EQ(hidden.size(), std::max<std::size_t>(16, (size + 15) / 16 * 16));
    EXPECT_TRUE(equal(reveal_password(hidden, request, rfc_secret)->view(), password));
  }
  EXPECT_FALSE(reveal_password(Bytes(17), request, rfc_secret));
  EXPECT_FALSE(reveal_password({}, request, rfc_secret));
}

TEST(RadiusHidden, AnMskComesInTwoHalvesAndShortOnesArePadded) {
  const Authenticator request{std::byte{3}};
  for (const std::size_t size : {32u, 64u}) {
    Bytes msk(size);
    for (std::size_t i = 0; i < size; ++i) msk[i] = static_cast<std::byte>(i);
    Attributes attributes;
    add_msk(attributes, msk, 0x1234, request, rfc_secret);
    const auto revealed = reveal_msk(attributes, request, rfc_secret);
    ASSERT_TRUE(revealed);
    EXPECT_EQ(revealed->size(), 64u);
    EXPECT_TRUE(equal(revealed->view().first(size), msk));
  }
}

TEST(RadiusHidden, AKeyOfAnImpossibleSizeIsNone) {
  EXPECT_FALSE(reveal_key(Bytes(17), {}, rfc_secret));
  EXPECT_FALSE(reveal_key(Bytes(19), {}, rfc_secret));
  EXPECT_FALSE(reveal_msk({}, {}, rfc_secret));
}

TEST(RadiusDictionary, ShowsAttributesByNameAndHidesSecrets) {
  Packet packet{.code = Code::AccessAccept, .identifier = 7};
  packet.attributes.add_address(Type::FramedIpAddress, IpAddress::v4(10, 1, 2, 3))
      .add_text(Type::FilterId, "a\x1b[1m\"");
  packet.attributes.add(MicrosoftType::MppeSendKey, Bytes(34))
      .add(Type{231}, "ff"_hex)
      .add(Type::SessionTimeout, "00"_hex);
  EXPECT_EQ(
      to_string(packet),
      "Access-Accept 7: Framed-IP-Address = 10.1.2.3, Filter-Id = \"a\\x1b[1m\\x22\", MS-MPPE-Send-Key = (hidden), "
      "Attribute-231 = 0xff, Session-Timeout = 0x00 (of a size that cannot be)");
}

TEST(RadiusStream, FindsPacketsHoweverTheyAreCut) {
  const Bytes both = concat({login, login_accepted});
  for (std::size_t piece = 1; piece <= both.size(); ++piece) {
    PacketStream stream;
    std::vector<Bytes> found;
    for (std::size_t at = 0; at < both.size(); at += piece) {
      stream.handle_octets(ByteView{both}.subspan(at, std::min(piece, both.size() - at)));
      while (auto packet = *stream.poll_packet()) found.push_back(*packet);
    }
    EXPECT_EQ(found, (std::vector{login, login_accepted})) << piece;
  }
}

TEST(RadiusStream, ALengthThatCannotBeIsTheEnd) {
  PacketStream stream;
  stream.handle_octets("01000013"_hex);
  EXPECT_FALSE(stream.poll_packet());
}

// ---- Captures that others made.

class RadiusCapture : public testing::TestWithParam<std::string> {};

TEST_P(RadiusCapture, IsReadAndWrittenAgainAsItWas) {
  const auto payloads = udp_payloads(std::filesystem::path{AGILEVPN_TESTDATA} / "radius" / GetParam());
  if (payloads.empty()) GTEST_SKIP() << "no capture " << GetParam();
  for (const Bytes& payload : payloads) {
    const auto packet = decode(payload);
    ASSERT_TRUE(packet) << packet.error().to_string();
    EXPECT_EQ(encode(*packet), payload) << to_string(*packet);
  }
}

// FreeRADIUS's answers to its own client, under the secret of its examples.
TEST(RadiusAuthenticator, VerifiesWhatFreeRadiusMade) {
  const auto payloads = udp_payloads(std::filesystem::path{AGILEVPN_TESTDATA} / "radius/RADIUS-RFC4675.pcap");
  if (payloads.empty()) GTEST_SKIP() << "no capture RADIUS-RFC4675.pcap";
  const Secret secret = Secret::copy_of(as_bytes("testing123"));
  for (std::size_t i = 0; i + 1 < payloads.size(); i += 2) {
    const Authenticator of_request = decode(payloads[i])->authenticator;
    EXPECT_TRUE(is_authentic_request(payloads[i], secret, MessageAuthenticator::Required));
    EXPECT_TRUE(is_authentic_response(payloads[i + 1], of_request, secret, MessageAuthenticator::Optional));
    EXPECT_FALSE(is_authentic_response(payloads[i + 1], of_request, secret, MessageAuthenticator::Required));
  }
}

INSTANTIATE_TEST_SUITE_P(, RadiusCapture,
                         testing::Values("RADIUS-RFC3162.pcap", "RADIUS-RFC4675.pcap", "RADIUS-RFC5176-2.pcap",
                                         "RADIUS-RFC5176.pcap", "RADIUS-port1700.pcap", "RADIUS.pcap"));

}  // namespace
}  // namespace agilevpn::radius
