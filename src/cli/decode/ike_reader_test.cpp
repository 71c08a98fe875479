#include "cli/decode/ike_reader.h"

#include <fmt/format.h>

#include "cli/decode/decode_fixture.h"
#include "crypto/signature.h"

namespace agilevpn::cli::decode {
namespace {

using namespace ike::wire;

// What strongSwan sent to Android's tests, with the keys.
Json recorded_sas() {
  std::ifstream in{AGILEVPN_TESTDATA "/android/cts_exchanges_with_keys.json"};
  return Json::parse(in)["sas"];
}

// A row of ikev2_decryption_table for a recorded SA with AES-CBC and HMAC-SHA2-256-128.
std::string key_row(const Json& sa) {
  const Json& keys = sa["keys"];
  const auto key = [&](const char* name) { return keys[name].get<std::string>(); };
  return fmt::format("{},{},{},{},\"AES-CBC-{} [RFC3602]\",{},{},\"HMAC_SHA2_256_128 [RFC4868]\"\n",
                     sa["spi_i"].get<std::string>(), sa["spi_r"].get<std::string>(), key("SK_ei"), key("SK_er"),
                     key("SK_ei").size() * 4, key("SK_ai"), key("SK_ar"));
}

Bytes raw(const Json& message) { return from_hex(message["raw"].get<std::string>()).value(); }

Header header() { return {.spi_i = {1}, .spi_r = {2}, .exchange = ExchangeType::Informational, .message_id = 3}; }

TEST(IkeReader, PutsFragmentsTogetherInAnyOrder) {
  SKIP_WITHOUT_TESTDATA();
  const Json sa = recorded_sas()[0];
  KeyTable keys;
  ASSERT_TRUE(keys.load(written_file("android-keys", key_row(sa))));
  IkeReader reader{keys};
  const Json second = reader.read(raw(sa["messages"][1])), first = reader.read(raw(sa["messages"][0]));
  EXPECT_EQ(second["payloads"][0]["payload"], "SKF");
  EXPECT_FALSE(second["payloads"][0].contains("payloads"));
  std::string found;
  for (const Json& payload : flattened(first)) found += payload["payload"].get<std::string>() + ' ';
  EXPECT_EQ(found, "SKF IDr CERT AUTH N SA TSi TSr ");
  const Json cert = flattened(first)[2], auth = flattened(first)[3];
  EXPECT_NE(cert["subject"].get<std::string>().find("CN="), std::string::npos);
  EXPECT_EQ(auth["name"], "digital signature");
  EXPECT_EQ(auth["scheme"].get<std::string>().substr(0, 3), "RSA");
}

TEST(IkeReader, OpensWhatStrongswanSentInEveryOtherRecordedSa) {
  SKIP_WITHOUT_TESTDATA();
  for (const Json& sa : recorded_sas()) {
    const auto& integrity = sa["transforms"]["3"];
    if (integrity[0] != 12) continue;  // AES-CMAC is for IKE messages of others only.
    KeyTable keys;
    ASSERT_TRUE(keys.load(written_file("android-keys", key_row(sa))));
    IkeReader reader{keys};
    for (const Json& message : sa["messages"]) {
      const Json read = reader.read(raw(message));
      EXPECT_EQ(read["message_id"], message["message_id"]);
      EXPECT_FALSE(read["payloads"][0].contains("error"));
    }
  }
}

TEST(IkeReader, AMessageThatIsWrongSaysWhere) {
  const KeyTable keys;
  IkeReader reader{keys};
  Bytes octets = encode_message({header(), {notify(NotifyType::Cookie2, Bytes(8))}});
  octets[30] = std::byte{0xff};
  EXPECT_EQ(reader.read(octets)["exchange"], "INFORMATIONAL");
  EXPECT_EQ(reader.read(octets)["error"], "payload at octet 32: the data ends before it");
  EXPECT_EQ(reader.read(ByteView{octets}.first(10))["error"],
            "IKE SA Responder's SPI at octet 8: the data ends before it");
}

Json described(const Payload& payload) { return to_json(payload); }

TEST(PayloadJson, ReadsTheDataOfNotifies) {
  EXPECT_EQ(described(notify(NotifyType::SignatureHashAlgorithms, "00020005"_hex))["hashes"].size(), 2u);
  EXPECT_EQ(described(notify(NotifyType::AdditionalIp4Address, "0a000001"_hex))["address"], "10.0.0.1");
  EXPECT_EQ(described(notify(NotifyType::InvalidKePayload, "001f"_hex))["wanted"], "X25519");
  EXPECT_EQ(described(notify(NotifyType::UnsupportedCriticalPayload, "21"_hex))["refused"], "SA");
  EXPECT_EQ(described(notify(NotifyType::AuthLifetime, "00000e10"_hex))["seconds"], 3600);
  EXPECT_EQ(described(notify(NotifyType::TicketLtOpaque, "00000e10aabb"_hex))["seconds"], 3600);
  EXPECT_EQ(described(notify(NotifyType::TicketLtOpaque, "00000e10aabb"_hex))["ticket"], "aabb");
  EXPECT_EQ(described(notify(NotifyType::TicketOpaque, "aabb"_hex))["ticket"], "aabb");
  EXPECT_EQ(described(notify(NotifyType::Redirect, "0104c0000201aabb"_hex))["gateway"], "192.0.2.1");
  EXPECT_EQ(described(notify(NotifyType::Redirect, "0103612e62"_hex))["gateway"], "a.b");
  EXPECT_EQ(described(notify(NotifyType::Cookie, "aabb"_hex))["cookie"], "aabb");
  const Json rekey = described(payload(NotifyPayload{ProtocolId::Esp, "01020304"_hex, NotifyType::RekeySa, {}}));
  EXPECT_EQ(rekey["protocol"], "ESP");
  EXPECT_EQ(rekey["spi"], "01020304");
}

TEST(PayloadJson, DataThatAreNotWhatTheyShouldBeStayOctets) {
  EXPECT_EQ(described(notify(NotifyType::AdditionalIp4Address, "0a0000"_hex))["data"], "0a0000");
  EXPECT_EQ(described(notify(NotifyType::SignatureHashAlgorithms, "000200"_hex))["data"], "000200");
  EXPECT_EQ(described(notify(NotifyType{40000}, "01"_hex))["name"], "notify 40000");
}

TEST(PayloadJson, ReadsConfigurationAttributes) {
  const auto cp = [](ConfigurationAttributeType type, Bytes value) {
    return described(
        payload(ConfigurationPayload{ConfigurationType::Reply, {{type, std::move(value)}}}))["attributes"][0];
  };
  EXPECT_EQ(cp(ConfigurationAttributeType::InternalIp4Address, "0a000001"_hex)["value"], "10.0.0.1");
  EXPECT_EQ(cp(ConfigurationAttributeType::InternalIp6Address, concat({"20010db8"_hex, Bytes(12), "40"_hex}))["value"],
            "2001:db8::/64");
  EXPECT_EQ(cp(ConfigurationAttributeType::InternalIp4Subnet, "0a000000ff000000"_hex)["value"], "10.0.0.0/255.0.0.0");
  EXPECT_EQ(cp(ConfigurationAttributeType::InternalDnsDomain, to_bytes("example.org"))["value"], "example.org");
  EXPECT_EQ(cp(ConfigurationAttributeType::InternalDnsDomain, to_bytes("a\x1b[2J"))["value"], "0x611b5b324a");
  EXPECT_EQ(cp(ConfigurationAttributeType::SupportedAttributes, "00010008"_hex)["value"][1], "INTERNAL_IP6_ADDRESS");
  EXPECT_FALSE(cp(ConfigurationAttributeType::InternalIp4Dns, {}).contains("value"));
}

TEST(PayloadJson, ReadsEapPackets) {
  const Json identity = described(payload(EapPayload{concat({"0201000901"_hex, to_bytes("anna")})}));
  EXPECT_EQ(identity["name"], "Response");
  EXPECT_EQ(identity["method"], "Identity");
  EXPECT_EQ(identity["data"], "anna");
  EXPECT_EQ(described(payload(EapPayload{"03020004"_hex}))["name"], "Success");
  EXPECT_EQ(described(payload(EapPayload{"0102"_hex}))["error"], "the EAP packet ends too early");
}

TEST(PayloadJson, KnowsVendors) {
  EXPECT_EQ(described(payload(VendorIdPayload{"1e2b516905991c7d7c96fcbfb587e46100000009"_hex}))["name"],
            "MS NT5 ISAKMPOAKLEY");
  EXPECT_EQ(described(payload(VendorIdPayload{to_bytes("CISCO-DELETE-REASON")}))["name"], "CISCO-DELETE-REASON");
  EXPECT_FALSE(described(payload(VendorIdPayload{"0001"_hex})).contains("name"));
}

TEST(PayloadJson, ReadsTheSignatureScheme) {
  const auto identifier =
      crypto::algorithm_identifier({crypto::SignatureScheme::Kind::Ecdsa, crypto::HashId::Sha2_256});
  Writer data;
  data.u8(static_cast<std::uint8_t>(identifier.size())).bytes(identifier).bytes("aabb"_hex);
  EXPECT_EQ(described(payload(AuthPayload{AuthMethod::DigitalSignature, to_bytes(data.view())}))["scheme"],
            "ECDSA with SHA2-256");
  EXPECT_FALSE(described(payload(AuthPayload{AuthMethod::DigitalSignature, {}})).contains("scheme"));
}

}  // namespace
}  // namespace agilevpn::cli::decode
