// Each payload's body: a vector made by Android's implementation, then what must be refused, with its place.
#include <gtest/gtest.h>

#include "ike/wire/limits.h"
#include "ike/wire/message.h"
#include "ike/wire/recorded_messages.h"

namespace agilevpn::ike::wire {
namespace {

using Kind = DecodeError::Kind;

// One payload with this body, which begins at octet 4.
Bytes with_header(ByteView body) {
  Writer out;
  out.u16(0).u16(static_cast<std::uint16_t>(generic_payload_header_size + body.size())).bytes(body);
  return std::move(out).take();
}

Decoded<Payloads> decode_one(PayloadType type, ByteView body) { return decode_payloads(type, with_header(body)); }

DecodeError payload_error(PayloadType type, ByteView body) {
  const auto decoded = decode_one(type, body);
  return decoded ? DecodeError{Kind::BadValue, 0, "no error"} : decoded.error();
}

// Decodes the body and expects it to encode to the same octets.
template <class Body>
Body decoded(PayloadType type, ByteView body) {
  const auto payloads = decode_one(type, body);
  if (!payloads) {
    ADD_FAILURE() << payloads.error().to_string() << " in " << to_hex(body);
    return {};
  }
  EXPECT_EQ(to_hex(encode_payloads(*payloads)), to_hex(with_header(body)));
  return std::get<Body>(payloads->front().body);
}

TEST(SaPayload, HoldsAndroidsTwoChildProposals) {
  SKIP_WITHOUT_TESTDATA();
  const auto sa = decoded<SaPayload>(PayloadType::SecurityAssociation,
                                     recorded::android("IkeSaPayloadTest", "INBOUND_CHILD_TWO_PROPOSAL_RAW_PACKET"));
  ASSERT_EQ(sa.proposals.size(), 2u);
  EXPECT_EQ(sa.proposals[0].number, 1);
  EXPECT_EQ(sa.proposals[0].protocol, ProtocolId::Esp);
  EXPECT_EQ(to_hex(sa.proposals[0].spi), "cae7019f");
  EXPECT_EQ(sa.proposals[0].to_string(), "AES-CBC-128 / HMAC-SHA1-96 / no ESN");
}

TEST(SaPayload, ShowsAlternativesOfOneTypeTogether) {
  const Proposal proposal{
      .spi = {},
      .transforms = {Transform::of(crypto::EncryptionId::AesGcm16, 256),
                     Transform::of(crypto::EncryptionId::AesGcm16, 128), Transform::of(crypto::PrfId::HmacSha2_256),
                     Transform::of(crypto::KeyExchangeId::Curve25519)}};
  EXPECT_EQ(proposal.to_string(), "AES-GCM-16-256, AES-GCM-16-128 / PRF-HMAC-SHA2-256 / X25519");
}

TEST(SaPayload, RefusesCountsAndMarksThatDoNotFit) {
  const auto refused = [](ByteView body) { return payload_error(PayloadType::SecurityAssociation, body); };
  EXPECT_EQ(refused({}).kind, Kind::Truncated);
  EXPECT_EQ(refused("0100000801010000"_hex), (DecodeError{Kind::BadValue, 4, "Last Substruc"}));
  EXPECT_EQ(refused("0000000701010000"_hex), (DecodeError{Kind::BadLength, 6, "Proposal Length"}));
  EXPECT_EQ(refused("0200000801010000"_hex), (DecodeError{Kind::Truncated, 12, "Last Substruc"}));
  EXPECT_EQ(refused("000000080101000000"_hex), (DecodeError{Kind::Trailing, 12, "payload"}));
  EXPECT_EQ(refused("0000000801010400"_hex), (DecodeError{Kind::BadLength, 10, "SPI Size"}));
  EXPECT_EQ(refused("0000000801030000"_hex), (DecodeError{Kind::BadLength, 10, "SPI Size"}));
  EXPECT_EQ(refused("00000008010100ff"_hex), (DecodeError{Kind::TooMany, 11, "Num Transforms"}));
  EXPECT_EQ(refused("00000010010100020000000802000005"_hex).what, "Num Transforms");
  EXPECT_EQ(refused("00000010010100010300000802000005"_hex).what, "Num Transforms");
  EXPECT_EQ(refused("00000010010100000000000802000005"_hex), (DecodeError{Kind::Trailing, 12, "Transforms"}));
  EXPECT_EQ(refused("00000010010100010200000802000005"_hex), (DecodeError{Kind::BadValue, 12, "Last Substruc"}));
  EXPECT_EQ(refused("00000010010100010000000702000005"_hex), (DecodeError{Kind::BadLength, 14, "Transform Length"}));
}

TEST(SaPayload, KeepsAttributesItDoesNotKnowSoThatTheTransformCanBeRefused) {
  const auto sa = decoded<SaPayload>(PayloadType::SecurityAssociation,
                                     "0000001f01010001"
                                     "0000001701000014"
                                     "800e0080"
                                     "000f0003aabbcc"
                                     "800e0100"_hex);
  ASSERT_EQ(sa.proposals.size(), 1u);
  const Transform& transform = sa.proposals[0].transforms.at(0);
  EXPECT_EQ(transform.key_bits, 128);
  EXPECT_EQ(transform.other_attributes, (std::vector<Attribute>{{15, "aabbcc"_hex}, {14, std::uint16_t{256}}}));
}

TEST(SaPayload, HasNoMoreThanTheLimits) {
  SaPayload sa{{limits::proposals_max + 1, Proposal{.spi = {}, .transforms = {}}}};
  EXPECT_EQ(decode_payloads(PayloadType::SecurityAssociation, encode_payloads({payload(sa)})).error().kind,
            Kind::TooMany);
  sa.proposals.pop_back();
  EXPECT_TRUE(decode_payloads(PayloadType::SecurityAssociation, encode_payloads({payload(sa)})));
}

TEST(KePayload, HoldsAndroidsPublicValue) {
  SKIP_WITHOUT_TESTDATA();
  const auto ke =
      decoded<KePayload>(PayloadType::KeyExchange, recorded::android("IkeKePayloadTest", "KE_PAYLOAD_RAW_PACKET"));
  EXPECT_EQ(ke.method, crypto::KeyExchangeId::Modp1024);
  EXPECT_EQ(ke.data, recorded::android("IkeKePayloadTest", "KEY_EXCHANGE_DATA_RAW_PACKET"));
}

TEST(IdPayload, HoldsEachOfAndroidsIdentities) {
  SKIP_WITHOUT_TESTDATA();
  const auto shown = [](const char* name) {
    return decoded<IdPayload>(PayloadType::IdentificationResponder, recorded::android("IkeIdPayloadTest", name))
        .identity.to_string();
  };
  EXPECT_EQ(shown("IPV4_ADDR_ID_PAYLOAD_RESPONDER_BODY_HEX_STRING"), "192.0.2.100");
  EXPECT_EQ(shown("IPV6_ADDR_ID_PAYLOAD_RESPONDER_BODY_HEX_STRING"), "0:2001:0:db8::1");
  EXPECT_EQ(shown("FQDN_ID_PAYLOAD_BODY_HEX_STRING"), "ike.android.net");
  EXPECT_EQ(shown("RFC822_ADDR_ID_PAYLOAD_BODY_HEX_STRING"), "androidike@example.com");
  EXPECT_EQ(shown("KEY_ID_PAYLOAD_BODY_HEX_STRING"), "keyid:androidIkeKeyId");
  EXPECT_EQ(shown("ASN1_DN_PAYLOAD_BODY_HEX_STRING"), "CN=small.server.test.android.net, O=Android, C=US");
}

TEST(IdPayload, AnAddressHasItsOwnSize) {
  EXPECT_EQ(payload_error(PayloadType::IdentificationInitiator, "010000000a0000"_hex),
            (DecodeError{Kind::BadLength, 8, "Identification Data"}));
  EXPECT_EQ(payload_error(PayloadType::IdentificationInitiator, "050000000a000001"_hex).kind, Kind::BadLength);
}

TEST(IdPayload, IsNoPlaceToStoreThings) {
  Bytes body = "0b000000"_hex;  // ID_KEY_ID takes any octets.
  body.resize(4 + limits::identity_max);
  EXPECT_EQ(decoded<IdPayload>(PayloadType::IdentificationInitiator, body).identity.data.size(), limits::identity_max);
  body.resize(body.size() + 1);
  EXPECT_EQ(payload_error(PayloadType::IdentificationInitiator, body).kind, Kind::BadLength);
}

TEST(NoncePayload, HasSixteenTo256Octets) {
  EXPECT_EQ(payload_error(PayloadType::Nonce, Bytes(15)), (DecodeError{Kind::BadLength, 4, "Nonce Data"}));
  EXPECT_EQ(payload_error(PayloadType::Nonce, Bytes(257)).kind, Kind::BadLength);
  EXPECT_EQ(decoded<NoncePayload>(PayloadType::Nonce, Bytes(16)).nonce.size(), 16u);
  EXPECT_EQ(decoded<NoncePayload>(PayloadType::Nonce, Bytes(256)).nonce.size(), 256u);
}

TEST(NotifyPayload, HoldsAndroidsRekey) {
  SKIP_WITHOUT_TESTDATA();
  const auto rekey = decoded<NotifyPayload>(
      PayloadType::Notify, recorded::android("IkeNotifyPayloadTest", "NOTIFY_REKEY_PAYLOAD_BODY_HEX_STRING"));
  EXPECT_EQ(rekey, (NotifyPayload{ProtocolId::Esp, "2ad4c0a2"_hex, NotifyType::RekeySa, {}}));
  EXPECT_EQ(payload_error(PayloadType::Notify, "030440092ad4c0"_hex),
            (DecodeError{Kind::Truncated, 8, "Security Parameter Index"}));
}

TEST(DeletePayload, HoldsSpisOfFourOctetsOrNoneForIke) {
  const auto del = decoded<DeletePayload>(PayloadType::Delete, "030400020000000100000002"_hex);
  EXPECT_EQ(del, (DeletePayload{ProtocolId::Esp, {{1}, {2}}}));
  EXPECT_EQ(decoded<DeletePayload>(PayloadType::Delete, "01000000"_hex), DeletePayload{});
  const auto refused = [](ByteView body) { return payload_error(PayloadType::Delete, body); };
  EXPECT_EQ(refused("030800010000000000000001"_hex), (DecodeError{Kind::BadLength, 5, "SPI Size"}));
  EXPECT_EQ(refused("010800010000000000000001"_hex), (DecodeError{Kind::BadLength, 5, "SPI Size"}));
  EXPECT_EQ(refused("01000001"_hex), (DecodeError{Kind::BadValue, 6, "Num of SPIs"}));
  EXPECT_EQ(refused("09000000"_hex), (DecodeError{Kind::BadValue, 4, "Protocol ID"}));
  EXPECT_EQ(refused("0304ffff00000001"_hex), (DecodeError{Kind::TooMany, 6, "Num of SPIs"}));
  EXPECT_EQ(refused("0304000200000001"_hex).kind, Kind::Truncated);
  EXPECT_EQ(refused("030400010000000100"_hex).kind, Kind::Trailing);
}

TEST(TsPayload, HoldsAndroidsRanges) {
  SKIP_WITHOUT_TESTDATA();
  const auto both = recorded::android("IkeTrafficSelectorTest", "tsBytes");
  const auto ts = decoded<TsPayload>(PayloadType::TrafficSelectorInitiator, concat({"02000000"_hex, both}));
  EXPECT_EQ(to_string(ts.selectors), "192.0.2.100-192.0.3.101 any/16-65520, 192.0.4.100-192.0.4.102");
  const auto v6 = recorded::android("IkeTrafficSelectorTest", "TS_IPV6_THREE_HEX_ADDRESS");
  EXPECT_EQ(
      to_string(decoded<TsPayload>(PayloadType::TrafficSelectorResponder, concat({"01000000"_hex, v6})).selectors),
      "::/0");
}

TEST(TsPayload, RefusesRangesThatRunBackwards) {
  SKIP_WITHOUT_TESTDATA();
  for (const char* name : {"TX_IPV4_INVALID_PORT_RANGE_HEX_STRING", "TX_IPV4_INVALID_ADDRESS_RANGE_HEX_STRING"}) {
    const auto selector = recorded::android("IkeTrafficSelectorTest", name);
    EXPECT_EQ(payload_error(PayloadType::TrafficSelectorInitiator, concat({"01000000"_hex, selector})),
              (DecodeError{Kind::BadValue, 8, "Traffic Selector"}));
  }
  const auto opaque =
      "01000000"
      "07000010ffff0000c0000201c0000201"_hex;
  EXPECT_TRUE(decode_one(PayloadType::TrafficSelectorInitiator, opaque));
}

TEST(TsPayload, PassesByATypeItDoesNotKnow) {
  const auto ts = decode_one(PayloadType::TrafficSelectorInitiator,
                             "02000000"
                             "0a00000caabbccdd00112233"
                             "070000100000ffff0a0000000affffff"_hex);
  ASSERT_TRUE(ts);
  EXPECT_EQ(to_string(find<TsPayload>(*ts)->selectors), "10.0.0.0/8");
}

TEST(TsPayload, RefusesCountsAndLengthsThatDoNotFit) {
  const auto refused = [](ByteView body) { return payload_error(PayloadType::TrafficSelectorInitiator, body); };
  EXPECT_EQ(refused("01000000"_hex), (DecodeError{Kind::Truncated, 8, "TS Type"}));
  EXPECT_EQ(refused("01000000070000070000ffff"_hex), (DecodeError{Kind::BadLength, 10, "Selector Length"}));
  EXPECT_EQ(refused("010000000700000c0000ffff0a000000"_hex), (DecodeError{Kind::Truncated, 20, "Ending Address"}));
  EXPECT_EQ(refused("01000000070000110000ffff0a0000000affffff00"_hex).kind, Kind::Trailing);
  EXPECT_EQ(refused("00000000070000100000ffff0a0000000affffff"_hex), (DecodeError{Kind::Trailing, 8, "payload"}));
}

TEST(ConfigurationPayload, KeepsAttributesOfAnyTypeAndSize) {
  const auto cp = decoded<ConfigurationPayload>(PayloadType::Configuration,
                                                "010000000001000000080000"
                                                "7abc0002aabb"_hex);
  EXPECT_EQ(cp.type, ConfigurationType::Request);
  ASSERT_EQ(cp.attributes.size(), 3u);
  EXPECT_EQ(cp.attributes[0].type, ConfigurationAttributeType::InternalIp4Address);
  EXPECT_EQ(cp.attributes[2], (ConfigurationAttribute{ConfigurationAttributeType{0x7abc}, "aabb"_hex}));
  EXPECT_EQ(payload_error(PayloadType::Configuration, "010000000001000400"_hex),
            (DecodeError{Kind::Truncated, 12, "Value"}));
}

TEST(EncryptedFragmentPayload, HasANumberWithinItsTotal) {
  const auto refused = [](ByteView body) {
    const auto message = concat({encode_encrypted_prefix({}, PayloadType::None, body.size()), body});
    Bytes fragment = message;
    fragment[16] = std::byte{53};
    return decode_message(fragment).error();
  };
  EXPECT_EQ(refused("00000001aa"_hex), (DecodeError{Kind::BadValue, 32, "Fragment Number"}));
  EXPECT_EQ(refused("00030002aa"_hex), (DecodeError{Kind::BadValue, 32, "Fragment Number"}));
  EXPECT_EQ(refused("0001ffffaa"_hex), (DecodeError{Kind::TooMany, 34, "Total Fragments"}));
  EXPECT_EQ(refused("0001"_hex).kind, Kind::Truncated);
}

}  // namespace
}  // namespace agilevpn::ike::wire
