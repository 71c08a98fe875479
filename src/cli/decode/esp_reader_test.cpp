#include "cli/decode/esp_reader.h"

#include <fmt/format.h>

#include "cli/decode/decode_fixture.h"
#include "crypto/packet_cipher.h"

namespace agilevpn::cli::decode {
namespace {

const IpAddress destination = IpAddress::v4(192, 0, 2, 1);

// A key table with one SA of AES-GCM-16-128 whose key is all zeros.
KeyTable gcm_keys() {
  KeyTable keys;
  const std::string row = fmt::format(
      "\"IPv4\",\"*\",\"{}\",\"0x00000101\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x{:040}\",\"NULL\",\"\"\n",
      destination.to_string(), 0);
  EXPECT_TRUE(keys.load(written_file("esp-keys", row)));
  return keys;
}

// An ESP packet around `text`, which has its trailer; `aad` is what GCM authenticates of the header.
Bytes sealed(ByteView aad, Bytes text) {
  auto cipher = crypto::PacketCipher::make({crypto::EncryptionId::AesGcm16, 128}, Bytes(20), {});
  const Bytes iv(8);
  Bytes icv(16);
  cipher->seal(aad, iv, text, icv);
  return concat({"0000010100000001"_hex, iv, text, icv});
}

TEST(EspReader, TriesShortAndExtendedSequenceNumbers) {
  const KeyTable keys = gcm_keys();
  const Bytes text = "0000003b"_hex;  // Two octets of a dummy packet, no padding, next header 59.
  for (const Bytes& aad : {"0000010100000001"_hex, "000001010000000000000001"_hex}) {
    const Json read = read_esp(keys, destination, sealed(aad, text));
    EXPECT_EQ(read["spi"], "00000101");
    EXPECT_EQ(read["sequence_number"], 1);
    EXPECT_EQ(read["inner"]["inner"], "dummy packet");
  }
  EXPECT_EQ(read_esp(keys, destination, sealed("00"_hex, text))["error"], "these keys do not open it");
}

TEST(EspReader, SaysWhatIsWrongWithAPacket) {
  const KeyTable keys = gcm_keys();
  const Bytes header = "0000010100000001"_hex;
  EXPECT_EQ(read_esp(keys, destination, "000001010000"_hex)["error"], "no room for the ESP header");
  EXPECT_EQ(read_esp(keys, destination, header)["error"], "these keys do not open it");
  EXPECT_EQ(read_esp(keys, destination, sealed(header, "3b"_hex))["inner"]["error"], "no room for the ESP trailer");
  EXPECT_EQ(read_esp(keys, destination, sealed(header, "053b"_hex))["inner"]["error"],
            "Pad Length is more than there is");
  const Json large = read_esp(keys, destination, concat({header, Bytes(2000)}));
  EXPECT_NE(large["error"].get<std::string>().find("or it is several packets"), std::string::npos);
  EXPECT_FALSE(read_esp(keys, destination, "0000010200000001"_hex).contains("error"));  // Of others we know nothing.
}

TEST(InnerPacket, NamesProtocolsPortsAndFlags) {
  const Json tcp = read_inner(4,
                              "4500002a00000000400600000a0000010a000002"
                              "01bb80000000000100000002501200000000000041420000"_hex);
  EXPECT_EQ(tcp["inner"], "IPv4");
  EXPECT_EQ(tcp["source"], "10.0.0.1");
  EXPECT_EQ(tcp["protocol"], "TCP");
  EXPECT_EQ(tcp["source_port"], 443);
  EXPECT_EQ(tcp["flags"], Json({"SYN", "ACK"}));
  EXPECT_EQ(tcp["data"], "4142");
  const Json udp = read_inner(17, "0035c00000090000aa"_hex);  // Transport mode.
  EXPECT_EQ(udp["protocol"], "UDP");
  EXPECT_EQ(udp["source_port"], 53);
  EXPECT_EQ(udp["data"], "aa");
  EXPECT_EQ(read_inner(1, "03010000"_hex)["message"], "type 3 code 1");
  EXPECT_EQ(read_inner(6, "01bb"_hex)["error"], "the packet ends too early");
}

TEST(InnerPacket, WhatIsNoIpStaysOctets) {
  const Json read = read_inner(4, "ff00"_hex);
  EXPECT_EQ(read["octets"], 2);
  EXPECT_EQ(read["data"], "ff00");
}

}  // namespace
}  // namespace agilevpn::cli::decode
