#include "ike/key_schedule.h"

#include <gtest/gtest.h>

#include "base/codec.h"
#include "ike/message_cipher.h"
#include "ike/recorded_exchange.h"

namespace agilevpn::ike {
namespace {

const crypto::Prf prf_sha1 = *crypto::Prf::find(crypto::PrfId::HmacSha1);
constexpr crypto::CipherSuite cbc_sha1{crypto::EncryptionId::AesCbc, 128, crypto::IntegrityId::HmacSha1_96};
const IkeSuite recorded_suite{cbc_sha1, crypto::PrfId::HmacSha1, crypto::KeyExchangeId::Modp1024};

IkeKeys recorded_keys() {
  const auto header = *wire::decode_header(recorded::init_response);
  return derive_ike_keys(recorded_suite, prf_sha1, recorded::skeyseed, recorded::n_i, recorded::n_r, header.spi_i,
                         header.spi_r);
}

// NIST CAVS SP 800-135, IKEv2, SHA-1.
TEST(KeySchedule, AgreesWithTheNistVectors) {
  const Bytes n_i = "32b50d5f4a3763f3"_hex, n_r = "9206a04b26564cb1"_hex;
  const Bytes g_ir = "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"_hex;
  const Bytes g_ir_new = "863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"_hex;
  const Bytes material =
      "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e992204fc5"
      "a670bde3f10d6b027113936a5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd11198af1670b143d384b"
      "d275c5f594cf266b05ebadca855e4249520a441a81157435a7a56cc4"_hex;
  const Secret skeyseed = first_skeyseed(prf_sha1, n_i, n_r, g_ir);
  EXPECT_EQ(to_hex(skeyseed.view()), "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7");
  const IkeKeys keys = derive_ike_keys(recorded_suite, prf_sha1, skeyseed.view(), n_i, n_r, IkeSpi{0x34c9e7c188868785},
                                       IkeSpi{0x3ff77d760d2b2199});
  const Bytes cut = concat({keys.sk_d.view(), keys.sk_ai.view(), keys.sk_ar.view(), keys.sk_ei.view(),
                            keys.sk_er.view(), keys.sk_pi.view(), keys.sk_pr.view()});
  EXPECT_EQ(cut, material);
  EXPECT_EQ(to_hex(rekeyed_skeyseed(prf_sha1, keys.sk_d.view(), {g_ir_new, n_i, n_r}).view()),
            "63e81194946ebd05df7df5ebf5d8750056bf1f1d");

  const EspSuite esp{cbc_sha1, false, crypto::KeyExchangeId::None};
  const ChildKeys child = derive_child_keys(esp, prf_sha1, keys.sk_d.view(), {{}, n_i, n_r});
  EXPECT_EQ(to_hex(concat({child.encryption_i.view(), child.integrity_i.view(), child.encryption_r.view(),
                           child.integrity_r.view()})),
            "8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6ae239c7b38093ad85ef4c5811a8e7b5d1cdabd9560b2d5e092d1f24e2d4b85ec"
            "cdf0ad0dc9abd94b51ee71814ca6dbc8bb51b630");
  const ChildKeys with_pfs = derive_child_keys(esp, prf_sha1, keys.sk_d.view(), {g_ir_new, n_i, n_r});
  EXPECT_EQ(to_hex(with_pfs.encryption_i.view()), "bb43244c1860ad65ee1e211ffe8bb366");
}

TEST(KeySchedule, DerivesTheKeysOfARecordedExchange) {
  EXPECT_EQ(first_skeyseed(prf_sha1, recorded::n_i, recorded::n_r, recorded::shared_secret),
            Secret::copy_of(recorded::skeyseed));
  const IkeKeys keys = recorded_keys();
  EXPECT_EQ(to_hex(keys.sk_d.view()), to_hex(recorded::sk_d));
  EXPECT_EQ(to_hex(keys.sk_ai.view()), to_hex(recorded::sk_ai));
  EXPECT_EQ(to_hex(keys.sk_ar.view()), to_hex(recorded::sk_ar));
  EXPECT_EQ(to_hex(keys.sk_ei.view()), to_hex(recorded::sk_ei));
  EXPECT_EQ(to_hex(keys.sk_er.view()), to_hex(recorded::sk_er));
  EXPECT_EQ(to_hex(keys.sk_pi.view()), to_hex(recorded::sk_pi));
  EXPECT_EQ(to_hex(keys.sk_pr.view()), to_hex(recorded::sk_pr));
  const ChildKeys child =
      derive_child_keys({cbc_sha1, true}, prf_sha1, recorded::sk_d, {{}, recorded::n_i, recorded::n_r});
  EXPECT_EQ(concat({child.encryption_i.view(), child.integrity_i.view(), child.encryption_r.view(),
                    child.integrity_r.view()}),
            recorded::child_keymat);
}

// Opens a recorded message and returns what is in it.
wire::Payloads open_recorded(const Bytes& datagram, bool as_responder) {
  IkeKeys keys = recorded_keys();
  const MessageCipher cipher{cbc_sha1, keys, !as_responder};
  const auto message = *wire::decode_message(datagram);
  const auto& sk = *wire::find<wire::EncryptedPayload>(message.payloads);
  const auto text = cipher.open(datagram, sk.body);
  EXPECT_TRUE(text.has_value());
  return text ? *wire::decode_payloads(sk.first_inner, *text) : wire::Payloads{};
}

TEST(KeySchedule, SharedKeyAuthMatchesBothSidesOfARecordedExchange) {
  const auto request = open_recorded(recorded::auth_request, true);
  const auto response = open_recorded(recorded::auth_response, false);
  const auto& id_i = wire::find<wire::IdPayload>(request, wire::PayloadType::IdentificationInitiator)->identity;
  const auto& id_r = wire::find<wire::IdPayload>(response, wire::PayloadType::IdentificationResponder)->identity;
  const Bytes octets_i = signed_octets(prf_sha1, recorded::init_request, recorded::n_r, recorded::sk_pi, id_i);
  const Bytes octets_r = signed_octets(prf_sha1, recorded::init_response, recorded::n_i, recorded::sk_pr, id_r);
  EXPECT_EQ(to_hex(wire::find<wire::AuthPayload>(request)->data),
            to_hex(shared_key_auth(prf_sha1, recorded::psk, octets_i).view()));
  EXPECT_EQ(to_hex(wire::find<wire::AuthPayload>(response)->data),
            to_hex(shared_key_auth(prf_sha1, recorded::psk, octets_r).view()));
}

TEST(MessageCipher, AFlippedBitAnywhereDoesNotOpen) {
  IkeKeys keys = recorded_keys();
  const MessageCipher cipher{cbc_sha1, keys, false};
  for (std::size_t i = 0; i < recorded::auth_request.size(); ++i) {
    Bytes broken = recorded::auth_request;
    broken[i] ^= std::byte{1};
    EXPECT_FALSE(cipher.open(broken, ByteView{broken}.subspan(wire::header_size + wire::generic_payload_header_size)))
        << i;
  }
}

class SuiteTest : public testing::TestWithParam<crypto::CipherSuite> {
 protected:
  MessageCipher cipher(bool is_original_initiator) const {
    const IkeSuite suite{GetParam(), crypto::PrfId::HmacSha2_256, crypto::KeyExchangeId::Curve25519};
    IkeKeys keys =
        derive_ike_keys(suite, *crypto::Prf::find(suite.prf), "00"_hex, "01"_hex, "02"_hex, IkeSpi{1}, IkeSpi{2});
    return MessageCipher{GetParam(), keys, is_original_initiator};
  }
  SeededRandom random{1};
};

TEST_P(SuiteTest, OneEndOpensWhatTheOtherSeals) {
  MessageCipher initiator = cipher(true);
  const MessageCipher responder = cipher(false);
  for (const std::size_t size : {16u, 17u, 31u, 32u, 255u, 256u}) {
    const wire::Payloads payloads{wire::payload(wire::NoncePayload{Bytes(size)})};
    const Bytes datagram = initiator.seal({.spi_i = IkeSpi{1}, .spi_r = IkeSpi{2}}, payloads, 0, random).front();
    const auto message = wire::decode_message(datagram);
    ASSERT_TRUE(message);
    const auto& sk = *wire::find<wire::EncryptedPayload>(message->payloads);
    const auto text = responder.open(datagram, sk.body);
    ASSERT_TRUE(text);
    EXPECT_EQ(wire::decode_payloads(sk.first_inner, *text), payloads);
    EXPECT_FALSE(initiator.open(datagram, sk.body)) << "a reflected message";
  }
}

TEST_P(SuiteTest, FragmentsInAnyOrderMakeTheMessage) {
  MessageCipher initiator = cipher(true);
  const MessageCipher responder = cipher(false);
  const wire::Payloads payloads{
      wire::payload(wire::CertPayload{wire::CertificateEncoding::X509Signature, random.public_bytes(3000)})};
  auto datagrams = initiator.seal({.message_id = 1}, payloads, 576, random);
  ASSERT_GT(datagrams.size(), 5u);
  Reassembly reassembly;
  std::ranges::reverse(datagrams);
  for (std::size_t i = 0; i < datagrams.size(); ++i) {
    EXPECT_LE(datagrams[i].size(), 576u);
    const auto message = wire::decode_message(datagrams[i]);
    ASSERT_TRUE(message);
    const auto& skf = *wire::find<wire::EncryptedFragmentPayload>(message->payloads);
    auto text = responder.open(datagrams[i], skf.body);
    ASSERT_TRUE(text);
    const auto result = reassembly.add(Instant{}, 1, skf, {}, *text);
    EXPECT_EQ(result, i + 1 == datagrams.size() ? Reassembly::Result::Complete : Reassembly::Result::Incomplete);
    if (i == 0) {
      EXPECT_EQ(reassembly.add(Instant{}, 1, skf, {}, *text), Reassembly::Result::Ignored) << "a repeated fragment";
    }
  }
  const Opened whole = reassembly.take();
  EXPECT_EQ(wire::decode_payloads(whole.first, whole.octets), payloads);
}

INSTANTIATE_TEST_SUITE_P(
    Suites, SuiteTest,
    testing::Values(crypto::CipherSuite{crypto::EncryptionId::AesGcm16, 128},
                    crypto::CipherSuite{crypto::EncryptionId::AesGcm16, 256},
                    crypto::CipherSuite{crypto::EncryptionId::ChaCha20Poly1305, 0},
                    crypto::CipherSuite{crypto::EncryptionId::AesCbc, 128, crypto::IntegrityId::HmacSha2_256_128},
                    crypto::CipherSuite{crypto::EncryptionId::AesCbc, 256, crypto::IntegrityId::HmacSha2_512_256}));

}  // namespace
}  // namespace agilevpn::ike
