// Keys, AUTH and SK payloads against those of other implementations (the shared test data, android/):
//  - an exchange of Android's unit tests, of which the initiator's messages are there as well: what we make of the same
//    values is compared octet by octet;
//  - what strongSwan sent to Android's compatibility tests. Its padding is not ours, so it is opened only.
#include <gtest/gtest.h>

#include <algorithm>

#include "ike/message_cipher.h"
#include "ike/nat_detection.h"
#include "ike/wire/recorded_messages.h"

namespace agilevpn::ike {
namespace {

namespace recorded = wire::recorded;
using crypto::CipherSuite;
using crypto::EncryptionId;
using crypto::IntegrityId;
using nlohmann::json;

constexpr CipherSuite android_suite{EncryptionId::AesCbc, 128, IntegrityId::HmacSha1_96};

// Gives out an IV that is known.
class FixedIv final : public Random {
 public:
  explicit FixedIv(ByteView iv) : iv_(to_bytes(iv)) {}
  void fill_public(MutableByteView out) override {
    ASSERT_EQ(out.size(), iv_.size());
    std::ranges::copy(iv_, out.begin());
  }
  void fill_secret(MutableByteView) override { FAIL() << "an IV is no secret"; }

 private:
  Bytes iv_;
};

Bytes joined(const IkeKeys& keys) {
  return concat({keys.sk_d.view(), keys.sk_ai.view(), keys.sk_ar.view(), keys.sk_ei.view(), keys.sk_er.view(),
                 keys.sk_pi.view(), keys.sk_pr.view()});
}

// ---- The exchange of the unit tests: pre-shared key, AES-CBC-128, HMAC-SHA1-96, PRF-HMAC-SHA1, MODP-1024.

class AndroidUnitTests : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_TESTDATA();
    request = recorded::android("IkeAuthPskPayloadTest", "PSK_IKE_INIT_REQUEST_HEX_STRING");
    response = recorded::android("IkeSessionStateMachineTest", "IKE_INIT_RESP_HEX_STRING");
    n_i = nonce_of(request), n_r = nonce_of(response);
  }

  static Bytes nonce_of(const Bytes& message) {
    const auto decoded = wire::decode_message(message);
    return wire::find<wire::NoncePayload>(decoded->payloads)->nonce;
  }
  Secret skeyseed() const {
    return first_skeyseed(prf, n_i, n_r, recorded::android("SaRecordTest", "IKE_SHARED_DH_KEY_HEX_STRING"));
  }
  IkeKeys keys() const {
    const IkeSuite suite{android_suite, crypto::PrfId::HmacSha1, crypto::KeyExchangeId::Modp1024};
    const auto header = *wire::decode_header(response);
    return derive_ike_keys(suite, prf, skeyseed().view(), n_i, n_r, header.spi_i, header.spi_r);
  }
  // Seals again what stands in this message of the initiator's, with its IV, and expects the same octets.
  void expect_sealed_alike(const Bytes& datagram) const {
    IkeKeys of_initiator = keys(), of_responder = keys();
    MessageCipher initiator{android_suite, of_initiator, true};
    const MessageCipher responder{android_suite, of_responder, false};
    const auto message = *wire::decode_message(datagram);
    const auto& sk = *wire::find<wire::EncryptedPayload>(message.payloads);
    const auto text = responder.open(datagram, sk.body);
    ASSERT_TRUE(text);
    FixedIv iv{ByteView{sk.body}.first(16)};
    EXPECT_EQ(to_hex(initiator.seal(message.header, *wire::decode_payloads(sk.first_inner, *text), 0, iv).front()),
              to_hex(datagram));
  }

  const crypto::Prf prf = *crypto::Prf::find(crypto::PrfId::HmacSha1);
  const Bytes psk = to_bytes(as_bytes("juniper123"));
  Bytes request, response, n_i, n_r;
};

TEST_F(AndroidUnitTests, TheKeysAreTheSame) {
  EXPECT_EQ(to_hex(skeyseed().view()), to_hex(recorded::android("SaRecordTest", "IKE_SKEYSEED_HEX_STRING")));
  EXPECT_EQ(to_hex(joined(keys())), to_hex(recorded::android("SaRecordTest", "IKE_KEY_MAT")));
  const ChildKeys child = derive_child_keys({android_suite, false}, prf, keys().sk_d.view(), {{}, n_i, n_r});
  EXPECT_EQ(to_hex(concat({child.encryption_i.view(), child.integrity_i.view(), child.encryption_r.view(),
                           child.integrity_r.view()})),
            to_hex(recorded::android("SaRecordTest", "FIRST_CHILD_KEY_MAT")));
}

TEST_F(AndroidUnitTests, BothAuthPayloadsAreTheSame) {
  const auto auth_i = recorded::android("IkeAuthPskPayloadTest", "PSK_AUTH_PAYLOAD_SIGNATURE_HEX_STRING");
  const wire::Identity id_i{wire::IdType::Ipv4Addr, "0a50500d"_hex};
  const Bytes octets_i = signed_octets(prf, request, n_r, keys().sk_pi.view(), id_i);
  EXPECT_EQ(to_hex(octets_i), to_hex(recorded::android("IkeAuthPayloadTest", "PSK_INIT_SIGNED_OCTETS")));
  EXPECT_EQ(to_hex(shared_key_auth(prf, psk, octets_i).view()), to_hex(auth_i));

  const auto auth_r = recorded::android("IkeSessionStateMachineTest", "PSK_AUTH_RESP_PAYLOAD_HEX_STRING");
  const wire::Identity id_r{wire::IdType::Ipv4Addr, "7f000001"_hex};
  const Bytes octets_r = signed_octets(prf, response, n_i, keys().sk_pr.view(), id_r);
  EXPECT_EQ(to_hex(shared_key_auth(prf, psk, octets_r).view()), to_hex(ByteView{auth_r}.last(prf.key_size())));
}

TEST_F(AndroidUnitTests, TheInitiatorsIkeAuthIsSealedToTheSameOctets) {
  expect_sealed_alike(recorded::android("IkeMessageTest", "IKE_AUTH_HEX_STRING"));
}

TEST_F(AndroidUnitTests, AnEmptyInformationalIsSealedToTheSameOctets) {
  expect_sealed_alike(recorded::android("IkeMessageTest", "IKE_EMPTY_INFO_MSG_HEX_STRING"));
}

TEST_F(AndroidUnitTests, TheInitiatorsNatDetectionIsTheSame) {
  const SocketAddress source{IpAddress::v4(10, 80, 80, 13), ike_port};
  const auto header = *wire::decode_header(request);
  EXPECT_EQ(to_hex(nat_detection_hash(header.spi_i, header.spi_r, source)),
            to_hex(recorded::android("IkeNotifyPayloadTest", "NAT_DETECTION_DATA_HEX_STRING")));
}

// Messages of other ciphers, each with the key that opens it.
struct Sealed {
  const char *datagram, *text, *encryption, *integrity;
  CipherSuite suite;
};
constexpr CipherSuite tripledes_sha1{EncryptionId::TripleDes, 0, IntegrityId::HmacSha1_96};
constexpr CipherSuite gcm{EncryptionId::AesGcm16, 256};

TEST_F(AndroidUnitTests, MessagesAndFragmentsOfOtherCiphersOpen) {
  for (const Sealed& sealed :
       {Sealed{"HMAC_SHA1_3DES_MSG_HEX_STRING", "HMAC_SHA1_3DES_DECRYPTED_BODY_HEX_STRING",
               "HMAC_SHA1_3DES_MSG_ENCR_KEY", "HMAC_SHA1_3DES_MSG_INTE_KEY", tripledes_sha1},
        Sealed{"HMAC_SHA1_3DES_FRAG_HEX_STRING", "HMAC_SHA1_3DES_FRAG_DECRYPTED_BODY_HEX_STRING",
               "HMAC_SHA1_3DES_FRAG_ENCR_KEY", "HMAC_SHA1_3DES_FRAG_INTE_KEY", tripledes_sha1},
        Sealed{"AES_GCM_MSG_HEX_STRING", "AES_GCM_MSG_DECRYPTED_BODY_HEX_STRING", "AES_GCM_MSG_ENCR_KEY", nullptr, gcm},
        Sealed{"AES_GCM_FRAG_HEX_STRING", "AES_GCM_FRAG_DECRYPTED_BODY_HEX_STRING", "AES_GCM_FRAG_ENCR_KEY", nullptr,
               gcm}}) {
    SCOPED_TRACE(sealed.datagram);
    const auto constant = [](const char* name) { return recorded::android("IkeEncryptedPayloadBodyTest", name); };
    const Bytes datagram = constant(sealed.datagram);
    const auto message = *wire::decode_message(datagram);
    IkeKeys both{.sk_d = {},
                 .sk_ai = {},
                 .sk_ar = {},
                 .sk_ei = Secret{constant(sealed.encryption)},
                 .sk_er = Secret{constant(sealed.encryption)},
                 .sk_pi = {},
                 .sk_pr = {}};
    if (sealed.integrity)
      both.sk_ai = Secret{constant(sealed.integrity)}, both.sk_ar = Secret{constant(sealed.integrity)};
    const MessageCipher cipher{sealed.suite, both, true};
    const auto* sk = wire::find<wire::EncryptedPayload>(message.payloads);
    const auto* skf = wire::find<wire::EncryptedFragmentPayload>(message.payloads);
    const auto text = cipher.open(datagram, sk ? sk->body : skf->body);
    ASSERT_TRUE(text);
    EXPECT_EQ(to_hex(*text), to_hex(constant(sealed.text)));
  }
}

// ---- The compatibility tests.

class AndroidCompatibilityTests : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_TESTDATA();
    exchanges = recorded::load("android/cts_exchanges_with_keys.json");
  }
  static IkeSuite suite_of(const json& sa) {
    const auto response = wire::decode_message(recorded::octets(sa.at("ike_sa_init_response")));
    return *ike_suite(wire::find<wire::SaPayload>(response->payloads)->proposals.front());
  }
  static IkeKeys keys_of(const json& sa) {
    const auto octets = [&](const char* name) { return recorded::octets(sa.at(name)); };
    const IkeSuite suite = suite_of(sa);
    const auto prf = *crypto::Prf::find(suite.prf);
    const Secret skeyseed = first_skeyseed(prf, octets("ni"), octets("nr"), octets("dh_shared"));
    EXPECT_EQ(to_hex(skeyseed.view()), sa.at("skeyseed").get<std::string>());
    const auto header = *wire::decode_header(octets("ike_sa_init_response"));
    return derive_ike_keys(suite, prf, skeyseed.view(), octets("ni"), octets("nr"), header.spi_i, header.spi_r);
  }
  json exchanges;
};

TEST_F(AndroidCompatibilityTests, TheKeysAreTheSame) {
  for (const json& sa : exchanges.at("sas")) {
    SCOPED_TRACE(sa.at("source").get<std::string>());
    std::string all;
    for (const char* name : {"SK_d", "SK_ai", "SK_ar", "SK_ei", "SK_er", "SK_pi", "SK_pr"})
      all += sa.at("keys").at(name).get<std::string>();
    EXPECT_EQ(to_hex(joined(keys_of(sa))), all);
  }
}

TEST_F(AndroidCompatibilityTests, EveryMessageAndFragmentOpens) {
  int opened = 0;
  for (const json& sa : exchanges.at("sas")) {
    IkeKeys keys = keys_of(sa);
    const MessageCipher cipher{suite_of(sa).cipher, keys, true};
    Reassembly reassembly;
    for (const json& one : sa.at("messages")) {
      SCOPED_TRACE(one.at("name").get<std::string>());
      const Bytes datagram = recorded::octets(one.at("raw"));
      const auto message = *wire::decode_message(datagram);
      const auto* sk = wire::find<wire::EncryptedPayload>(message.payloads);
      const auto* skf = wire::find<wire::EncryptedFragmentPayload>(message.payloads);
      ASSERT_TRUE(sk || skf);
      const auto text = cipher.open(datagram, sk ? sk->body : skf->body);
      ASSERT_TRUE(text);
      ++opened;
      EXPECT_EQ(to_hex(*text), one.at(sk ? "plaintext" : "plaintext_fragment").get<std::string>());
      if (sk) continue;
      const auto result = reassembly.add(Instant{}, message.header.message_id, *skf, {}, *text);
      ASSERT_EQ(result == Reassembly::Result::Complete, one.contains("reassembled"));
      if (result != Reassembly::Result::Complete) continue;
      EXPECT_EQ(to_hex(reassembly.take().octets), one.at("reassembled").get<std::string>());
    }
  }
  EXPECT_EQ(opened, 31);
}

}  // namespace
}  // namespace agilevpn::ike
