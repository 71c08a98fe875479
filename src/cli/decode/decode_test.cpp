#include "cli/decode/decode.h"

#include <nlohmann/json.hpp>

#include "cli/decode/decode_fixture.h"

namespace agilevpn::cli::decode {
namespace {

TEST(Decode, FindsTheAuthDataThatWiresharksOwnTestsExpect) {
  SKIP_WITHOUT_TESTDATA();
  std::ifstream in{captured_keys + "/ikev2_keys.json"};
  const Json keys = Json::parse(in);
  for (const Json& sa : keys["sas"]) {
    const std::string capture = sa["capture"];
    const Json packets =
        run({.file = captures + capture, .key_files = {captured_keys}, .json = true, .ports = {}}).json();
    std::vector<std::string> found;
    for (const Json& packet : packets)
      for (const Json& payload : flattened(packet))
        if (payload["payload"] == "AUTH") found.push_back(payload["data"]);
    EXPECT_NE(std::ranges::find(found, sa["expected_auth_data"].get<std::string>()), found.end()) << capture;
  }
}

TEST(Decode, ShowsAMessageAsAPersonWouldReadIt) {
  SKIP_WITHOUT_TESTDATA();
  const Outcome outcome =
      run({.file = captures + "ikev2-decrypt-aes256cbc.pcapng", .key_files = {captured_keys}, .ports = {}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.substr(0, outcome.out.find("#3 ")).substr(outcome.out.find("#2 ")),
            "#2 2016-08-16T00:41:05.291913Z  192.168.1.14:500 > 192.168.1.2:500  IKE_SA_INIT response 0"
            "  SPIs 191ccd371a7a1f7b bc123d15e4af593f  248 octets\n"
            "    SA\n"
            "      proposal 1  protocol: IKE\n"
            "        ENCR  AES-CBC-256\n"
            "        INTEG  HMAC-SHA2-256-128\n"
            "        PRF  PRF-HMAC-SHA2-256\n"
            "        KE  P-256\n"
            "    KE  P-256  data: a0628a50143823c4fa860aaf99d3694ddb1f2e87… (64 octets)\n"
            "    Nonce  nonce: 7c514f204f9e6c22d3f583ff5edb1bd2cb784086… (32 octets)\n"
            "    N  NAT_DETECTION_SOURCE_IP  hash: 9d2c0088cf72c41cc0ee7630f107d2dc4d255089\n"
            "    N  NAT_DETECTION_DESTINATION_IP  hash: 6b69c3f5328a028615568f7e43ab815f5a943a0d\n"
            "    N  MULTIPLE_AUTH_SUPPORTED\n");
  EXPECT_NE(outcome.out.find("      TSi  selectors: 192.168.1.2/32\n"), std::string::npos);
}

TEST(Decode, WithoutKeysAnSkPayloadStaysClosed) {
  SKIP_WITHOUT_TESTDATA();
  const Json packets =
      run({.file = captures + "ikev2-decrypt-aes256cbc.pcapng", .key_files = {}, .json = true, .ports = {}}).json();
  EXPECT_EQ(packets[2]["payloads"][0]["payload"], "SK");
  EXPECT_FALSE(packets[2]["payloads"][0].contains("payloads"));
  EXPECT_FALSE(packets[2]["payloads"][0].contains("error"));
  EXPECT_EQ(packets[2]["payloads"][0]["encrypted"].get<std::string>(), "no key for these SPIs (see --keys)");
  const Outcome text = run({.file = captures + "ikev2-decrypt-aes256cbc.pcapng", .key_files = {}, .ports = {}});
  EXPECT_NE(text.out.find("encrypted: no key for these SPIs (see --keys)"), std::string::npos) << text.out;
}

TEST(Decode, WithoutKeysEspSaysWhatIsMissing) {
  const std::string file = written_capture(
      "esp", 101, {"450000280000000040320000c0000201c00002020000010100000001000102030405060708090a0b"_hex});
  const Outcome outcome = run({.file = file, .key_files = {}, .ports = {}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out,
            "#1 1970-01-01T00:00:01.000000Z  192.0.2.1 > 192.0.2.2  ESP  SPI 00000101  sequence number 1  20 octets"
            "  encrypted: no key for this SPI (its esp_sa by --keys)\n");
}

TEST(Decode, APacketThatWasNotCapturedWholeSaysSo) {
  const std::string file = written_capture("short", 101, {"450005dc0000000040320000c0000201c000020200000101"_hex});
  const Outcome outcome = run({.file = file, .key_files = {}, .ports = {}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("ESP  4 octets  error: only 24 of its 1500 octets were captured"), std::string::npos)
      << outcome.out;
  EXPECT_EQ(outcome.err, "");
}

TEST(Decode, WrongKeysAreSaidToBeWrong) {
  SKIP_WITHOUT_TESTDATA();
  const std::string key(64, '0');
  const std::string table = written_file("wrong-keys", "191ccd371a7a1f7b,bc123d15e4af593f," + key + ',' + key +
                                                           ",\"AES-CBC-256 [RFC3602]\"," + key + ',' + key +
                                                           ",\"HMAC_SHA2_256_128 [RFC4868]\"\n");
  const Json packets =
      run({.file = captures + "ikev2-decrypt-aes256cbc.pcapng", .key_files = {table}, .json = true, .ports = {}})
          .json();
  EXPECT_EQ(packets[2]["payloads"][0]["error"], "these keys do not open it");
}

TEST(Decode, OpensEspAndShowsTheInnerPacket) {
  SKIP_WITHOUT_TESTDATA();
  const Json packets = run({.file = captures + "esp-bug-12671.pcapng.gz",
                            .key_files = {captured_keys + "/esp_sa"},
                            .json = true,
                            .ports = {}})
                           .json();
  ASSERT_EQ(packets.size(), 6u);
  for (const Json& packet : packets)
    EXPECT_NE(packet["inner"]["data"].get<std::string>().find("08090a0b0c0d0e0f1011121314151617"), std::string::npos);
}

TEST(Decode, NamesIkev1AndGoesNoFurther) {
  SKIP_WITHOUT_TESTDATA();
  const Outcome outcome = run({.file = captures + "ikev1-certs.pcap", .key_files = {}, .ports = {}});
  EXPECT_NE(outcome.out.find("IKEv1 Main Mode, not decoded further"), std::string::npos);
}

TEST(Decode, SaysWhichFileCannotBeReadAndWhy) {
  const Outcome missing = run({.file = "/no/such/file.pcap", .key_files = {}, .ports = {}});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.err, "agilevpn decode: cannot read /no/such/file.pcap: No such file or directory\n");
  const Outcome other = run({.file = written_file("no-capture", "some text, longer than a header of 24 octets"),
                             .key_files = {},
                             .ports = {}});
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("it must be a pcap or pcapng capture"), std::string::npos);
}

TEST(Decode, ACaptureWithoutIkeIsAnEmptyArray) {
  const std::string file = written_capture("empty", 101, {"450000140000000040110000c0000201c0000202"_hex});
  const Outcome outcome = run({.file = file, .key_files = {}, .json = true, .ports = {}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.json(), Json::array());
  EXPECT_NE(outcome.err.find("no IKE and no ESP"), std::string::npos);
  EXPECT_NE(outcome.err.find("looked at 1 frames of link type RAW, for UDP ports 500, 4500 and ESP"), std::string::npos)
      << outcome.err;
}

TEST(Decode, ALinkTypeThatItCannotReadIsNamed) {
  const Outcome outcome = run({.file = written_capture("wifi", 105, {"00"_hex}), .key_files = {}, .ports = {4501}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("link type IEEE802_11, which it cannot read"), std::string::npos) << outcome.err;
}

TEST(Decode, AFileThatEndsInAPacketShowsThePacketsBeforeIt) {
  SKIP_WITHOUT_TESTDATA();
  std::ifstream in{captures + "ikev2-decrypt-aes192ctr.pcap", std::ios::binary};
  std::stringstream whole;
  whole << in.rdbuf();
  const Outcome outcome =
      run({.file = written_file("cut", whole.str().substr(0, 600)), .key_files = {}, .json = true, .ports = {}});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.json().size(), 1u);
  EXPECT_NE(outcome.err.find("after frame 1: "), std::string::npos);
}

}  // namespace
}  // namespace agilevpn::cli::decode
