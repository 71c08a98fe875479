#include "ike/wire/message.h"

#include <gtest/gtest.h>

#include "ike/wire/limits.h"
#include "ike/wire/recorded_messages.h"

namespace agilevpn::ike::wire {
namespace {

using Kind = DecodeError::Kind;

// A message whose payloads are these octets and whose Length fits them.
Bytes message_of(PayloadType first, ByteView payloads) {
  Writer out;
  out.u64(1).u64(2).u8(static_cast<std::uint8_t>(first)).u8(0x20).u8(37).u8(0x08).u32(3);
  out.u32(static_cast<std::uint32_t>(header_size + payloads.size())).bytes(payloads);
  return std::move(out).take();
}

DecodeError error_of(PayloadType first, ByteView payloads) {
  const auto decoded = decode_message(message_of(first, payloads));
  return decoded ? DecodeError{Kind::BadValue, 0, "no error"} : decoded.error();
}

TEST(Message, WhatOthersSentDecodesAndEncodesToTheSameOctets) {
  SKIP_WITHOUT_TESTDATA();
  const auto messages = recorded::messages();
  EXPECT_GT(messages.size(), 40u);
  for (const Bytes& octets : messages) {
    const auto message = decode_message(octets);
    ASSERT_TRUE(message) << message.error().to_string() << " in " << to_hex(octets);
    EXPECT_EQ(to_hex(encode_message(*message)), to_hex(octets));
  }
}

TEST(Message, WhatStoodInsideSkDecodesAndEncodesToTheSameOctets) {
  SKIP_WITHOUT_TESTDATA();
  for (const auto& chain : recorded::chains()) {
    const auto payloads = decode_payloads(chain.first, chain.octets);
    ASSERT_TRUE(payloads) << payloads.error().to_string() << " in " << to_hex(chain.octets);
    EXPECT_EQ(to_hex(encode_payloads(*payloads)), to_hex(chain.octets));
    EXPECT_EQ(payloads->empty() ? PayloadType::None : payloads->front().type, chain.first);
  }
}

TEST(Message, EveryTruncationFailsEvenIfItsLengthFits) {
  SKIP_WITHOUT_TESTDATA();
  for (const Bytes& octets : recorded::messages())
    for (std::size_t size = 0; size < octets.size(); ++size) {
      EXPECT_FALSE(decode_message(ByteView{octets}.first(size)));
      if (size < header_size) continue;
      Writer patched;
      patched.bytes(ByteView{octets}.first(size)).patch_u32(24, static_cast<std::uint32_t>(size));
      EXPECT_FALSE(decode_message(patched.view()));
    }
}

TEST(Message, EveryTruncationInsideSkFails) {
  SKIP_WITHOUT_TESTDATA();
  for (const auto& chain : recorded::chains())
    for (std::size_t size = 0; size < chain.octets.size(); ++size)
      EXPECT_FALSE(decode_payloads(chain.first, ByteView{chain.octets}.first(size)));
}

TEST(Message, HasTheFieldsOfAndroidsIkeSaInit) {
  SKIP_WITHOUT_TESTDATA();
  const auto message = decode_message(recorded::android("IkeMessageTest", "IKE_SA_INIT_RAW_PACKET"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->header, (Header{.spi_i = {0x8f54bf6d8b48e6e1},
                                     .spi_r = {},
                                     .exchange = ExchangeType::IkeSaInit,
                                     .is_from_original_initiator = true}));
  ASSERT_EQ(message->payloads.size(), 6u);
  const auto* sa = find<SaPayload>(message->payloads);
  ASSERT_TRUE(sa);
  ASSERT_EQ(sa->proposals.size(), 1u);
  EXPECT_EQ(sa->proposals[0].to_string(), "AES-CBC-128 / HMAC-SHA1-96 / MODP-1024 / PRF-HMAC-SHA1");
  const auto* ke = find<KePayload>(message->payloads);
  ASSERT_TRUE(ke);
  EXPECT_EQ(ke->method, crypto::KeyExchangeId::Modp1024);
  EXPECT_EQ(ke->data.size(), 128u);
  EXPECT_TRUE(find<NoncePayload>(message->payloads));
  EXPECT_TRUE(find_notify(message->payloads, NotifyType::NatDetectionSourceIp));
  EXPECT_TRUE(find_notify(message->payloads, NotifyType::NatDetectionDestinationIp));
  EXPECT_FALSE(find_notify(message->payloads, NotifyType::Cookie));
}

TEST(Message, IgnoresReservedBits) {
  Bytes octets = message_of(PayloadType::Notify, "007f0008ff004016"_hex);
  octets[19] = std::byte{0xcf};  // The flags: all but V and R.
  const auto message = decode_message(octets);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->header.is_from_original_initiator);
  EXPECT_FALSE(message->header.is_response);
  EXPECT_FALSE(message->payloads[0].is_critical);
}

TEST(Message, TheHeaderAloneIsReadForAnyVersion) {
  Bytes octets = message_of(PayloadType::None, {});
  octets[17] = std::byte{0x31};
  const auto header = decode_header(octets);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->major_version, 3);
  EXPECT_EQ(header->minor_version, 1);
  EXPECT_EQ(decode_message(octets).error(), (DecodeError{Kind::BadValue, 17, "Major Version"}));
  EXPECT_FALSE(decode_header(ByteView{octets}.first(27)));
}

TEST(Message, TheLengthMustBeTheDatagrams) {
  Bytes octets = message_of(PayloadType::None, {});
  EXPECT_TRUE(decode_message(octets));
  octets.push_back(std::byte{0});
  EXPECT_EQ(decode_message(octets).error(), (DecodeError{Kind::BadLength, 24, "Length"}));
}

TEST(Message, AnUnknownPayloadIsKeptAndRefusedOnlyIfCritical) {
  const auto message = decode_message(message_of(PayloadType{200}, "c9000005aa00800005bb"_hex));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->payloads[0], (Payload{PayloadType{200}, false, UnknownPayload{"aa"_hex}}));
  EXPECT_EQ(unsupported_critical(message->payloads), PayloadType{201});
  const Payloads critical_nonce{{PayloadType::Nonce, true, NoncePayload{Bytes(16)}}};
  EXPECT_EQ(unsupported_critical(critical_nonce), std::nullopt);
}

TEST(Message, SkMustBeTheLastPayloadAndHoldsNoOther) {
  EXPECT_EQ(error_of(PayloadType::Encrypted, "2b000005aa00000005bb"_hex),
            (DecodeError{Kind::Trailing, 33, "payloads"}));
  const auto nested = decode_payloads(PayloadType::Encrypted, "00000005aa"_hex, 50);
  ASSERT_FALSE(nested);
  EXPECT_EQ(nested.error(), (DecodeError{Kind::BadValue, 50, "Encrypted payload"}));
}

TEST(Message, ClearPayloadsMayStandBeforeSk) {
  const Bytes octets = message_of(PayloadType::VendorId, "2e000005aa2b000006bbcc"_hex);
  const auto message = decode_message(octets);
  ASSERT_TRUE(message);
  ASSERT_EQ(message->payloads.size(), 2u);
  EXPECT_EQ(*find<EncryptedPayload>(message->payloads), (EncryptedPayload{PayloadType::VendorId, "bbcc"_hex}));
  EXPECT_EQ(encode_message(*message), octets);
}

TEST(Message, ABadChainNamesItsPlace) {
  EXPECT_EQ(error_of(PayloadType::Nonce, "00000003"_hex), (DecodeError{Kind::BadLength, 30, "Payload Length"}));
  EXPECT_EQ(error_of(PayloadType::Nonce, "00000040"_hex), (DecodeError{Kind::Truncated, 32, "payload"}));
  EXPECT_EQ(error_of(PayloadType::VendorId, "00000004aa"_hex), (DecodeError{Kind::Trailing, 32, "payloads"}));
  EXPECT_EQ(error_of(PayloadType::VendorId, "2b000004"_hex), (DecodeError{Kind::Truncated, 32, "Next Payload"}));
  EXPECT_EQ(error_of(PayloadType::None, "aa"_hex), (DecodeError{Kind::Trailing, 28, "payloads"}));
}

TEST(Message, HasNoMorePayloadsThanTheLimit) {
  Payloads payloads(limits::payloads_max, Payload{PayloadType::VendorId, false, VendorIdPayload{}});
  EXPECT_TRUE(decode_message(encode_message({.header = {}, .payloads = payloads})));
  payloads.push_back(payloads.front());
  const auto decoded = decode_message(encode_message({.header = {}, .payloads = payloads}));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind, Kind::TooMany);
}

TEST(Message, ThePrefixOfASealedMessageIsWhatItsEncodingBeginsWith) {
  const Header header{.spi_i = {1}, .spi_r = {2}, .exchange = ExchangeType::IkeAuth, .message_id = 1};
  const Bytes body(40, std::byte{0x5a});
  const Message sealed{header, {{PayloadType::Encrypted, false, EncryptedPayload{PayloadType::Notify, body}}}};
  EXPECT_EQ(concat({encode_encrypted_prefix(header, PayloadType::Notify, body.size()), body}), encode_message(sealed));
  const Message part{
      header, {{PayloadType::EncryptedFragment, false, EncryptedFragmentPayload{PayloadType::None, 2, 3, body}}}};
  EXPECT_EQ(concat({encode_fragment_prefix(header, PayloadType::None, 2, 3, body.size()), body}), encode_message(part));
}

TEST(Message, NamesAreTheRegistrys) {
  EXPECT_EQ(to_string(ExchangeType::IkeSaInit), "IKE_SA_INIT");
  EXPECT_EQ(to_string(ExchangeType{99}), "exchange 99");
  EXPECT_EQ(to_string(NotifyType::NoProposalChosen), "NO_PROPOSAL_CHOSEN");
  EXPECT_EQ(to_string(NotifyType{40000}), "notify 40000");
  EXPECT_EQ(to_string(PayloadType::EncryptedFragment), "SKF");
  EXPECT_EQ(to_string(ConfigurationAttributeType::InternalIp4Address), "INTERNAL_IP4_ADDRESS");
  EXPECT_EQ(to_string(IdType::Fqdn), "ID_FQDN");
}

}  // namespace
}  // namespace agilevpn::ike::wire
