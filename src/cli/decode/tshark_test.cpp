// Our reading of the captures agrees with tshark's, also inside what is encrypted.
#include <fmt/format.h>

#include <map>

#include "cli/decode/decode_fixture.h"

namespace agilevpn::cli::decode {
namespace {

using Fields = std::vector<std::string>;
using Rows = std::vector<std::map<std::string, std::string>>;

constexpr std::array ike_fields{"frame.number",
                                "isakmp.ispi",
                                "isakmp.rspi",
                                "isakmp.exchangetype",
                                "isakmp.flag_i",
                                "isakmp.flag_r",
                                "isakmp.messageid",
                                "isakmp.typepayload",
                                "isakmp.notify.msgtype",
                                "isakmp.tf.id.encr",
                                "isakmp.tf.id.integ",
                                "isakmp.tf.id.prf",
                                "isakmp.tf.id.dh",
                                "isakmp.tf.id.esn",
                                "isakmp.ike2.attr.key_length",
                                "isakmp.auth.data",
                                "isakmp.nonce",
                                "isakmp.id.type",
                                "isakmp.key_exchange.data"};
constexpr std::array esp_fields{"frame.number", "esp.spi", "esp.sequence", "ip.src", "ip.dst", "icmp.seq"};

bool have_tshark() { return std::system("tshark --version >/dev/null 2>&1") == 0; }

std::string output_of(const std::string& command) {
  std::string all;
  std::FILE* const pipe = popen(command.c_str(), "r");
  std::array<char, 4096> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) all.append(part.data(), size);
  pclose(pipe);
  return all;
}

Fields split(const std::string& text, char separator) {
  Fields fields(1);
  for (const char c : text) {
    if (c == separator)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

// Of flags, newer ones say words.
std::string as_number(const std::string& value) { return value == "True" ? "1" : value == "False" ? "0" : value; }

// What tshark says of each packet that has the first field after frame.number; several values of a field are joined by
// ','.
template <std::size_t N>
Rows tshark(const std::string& file, const std::array<const char*, N>& names) {
  std::string command = "WIRESHARK_CONFIG_DIR=" + captured_keys + " tshark -o esp.enable_encryption_decode:TRUE -r " +
                        captures + file + " -T fields -E occurrence=a -E aggregator=, -E 'separator=|'";
  for (const char* name : names) command += std::string{" -e "} + name;
  Rows rows;
  for (const std::string& line : split(output_of(command + " 2>/dev/null"), '\n')) {
    const Fields values = split(line, '|');
    if (values.size() != N || values[1].empty()) continue;
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < N; ++i) row[names[i]] = as_number(values[i]);
  }
  return rows;
}

// Collects values as tshark joins them.
class Joined {
 public:
  void add(const char* name, const Json& value) {
    std::string& text = values_[name];
    if (!text.empty()) text += ',';
    text += value.is_string() ? value.get<std::string>() : value.dump();
  }
  std::string operator[](const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? "" : found->second;
  }

 private:
  std::map<std::string, std::string> values_;
};

void add_transform(Joined& ours, const Json& transform) {
  constexpr std::array names{
      "", "isakmp.tf.id.encr", "isakmp.tf.id.prf", "isakmp.tf.id.integ", "isakmp.tf.id.dh", "isakmp.tf.id.esn"};
  ours.add("isakmp.typepayload", 3);  // What IKEv1 called the transform payload.
  ours.add(names.at(transform["transform_code"]), transform["id_code"]);
  if (transform.contains("key_bits_code")) ours.add("isakmp.ike2.attr.key_length", transform["key_bits_code"]);
}

void add_payload(Joined& ours, const Json& payload) {
  ours.add("isakmp.typepayload", payload["payload_code"]);
  if (payload["payload"] == "SA")
    for (const Json& proposal : payload["proposals"]) {
      ours.add("isakmp.typepayload", 2);
      for (const Json& transform : proposal["transforms"]) add_transform(ours, transform);
    }
  if (payload["payload"] == "N") ours.add("isakmp.notify.msgtype", payload["notify_code"]);
  if (payload["payload"] == "AUTH") ours.add("isakmp.auth.data", payload["data"]);
  if (payload["payload"] == "Nonce") ours.add("isakmp.nonce", payload["nonce"]);
  if (payload["payload"] == "KE") ours.add("isakmp.key_exchange.data", payload["data"]);
  if (payload.contains("id_code")) ours.add("isakmp.id.type", payload["id_code"]);
}

std::string message_id(const Json& packet) {
  return fmt::format("0x{:08x}", packet["message_id"].get<std::uint32_t>());
}

Joined ike_of(const Json& packet) {
  Joined ours;
  ours.add("frame.number", packet["frame"]);
  ours.add("isakmp.ispi", packet["spi_i"]);
  ours.add("isakmp.rspi", packet["spi_r"]);
  ours.add("isakmp.exchangetype", packet["exchange_code"]);
  ours.add("isakmp.messageid", message_id(packet));
  if (packet["protocol"] == "IKEv1") return ours;
  ours.add("isakmp.flag_i", packet["is_from_original_initiator"].get<bool>() ? 1 : 0);
  ours.add("isakmp.flag_r", packet["is_response"].get<bool>() ? 1 : 0);
  for (const Json& payload : flattened(packet)) add_payload(ours, payload);
  return ours;
}

Json decoded(const std::string& file) {
  return run({.file = captures + file, .key_files = {captured_keys}, .json = true, .ports = {}}).json();
}

class Tshark : public testing::TestWithParam<std::string> {};

TEST_P(Tshark, ReadsIkeAsWeDo) {
  SKIP_WITHOUT_TESTDATA();
  if (!have_tshark()) GTEST_SKIP() << "tshark is not there";
  const Rows theirs = tshark(GetParam(), ike_fields);
  const Json ours = decoded(GetParam());
  ASSERT_FALSE(theirs.empty());
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const Joined mine = ike_of(ours[i]);
    const bool is_v1 = ours[i]["protocol"] == "IKEv1";
    for (const char* name : std::span{ike_fields}.first(is_v1 ? 4 : ike_fields.size()))
      EXPECT_EQ(mine[name], theirs[i].at(name)) << name << " in frame " << theirs[i].at("frame.number");
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, Tshark,
                         testing::Values("ikev2-decrypt-3des-sha1_160.pcap", "ikev2-decrypt-aes128ccm12.pcap",
                                         "ikev2-decrypt-aes128ccm12-2.pcap", "ikev2-decrypt-aes192ctr.pcap",
                                         "ikev2-decrypt-aes256cbc.pcapng", "ikev2-decrypt-aes256ccm16.pcapng",
                                         "ikev2-decrypt-aes256gcm8.pcap", "ikev2-decrypt-aes256gcm16.pcap",
                                         "ikev1-certs.pcap", "ikev1-bug-12610.pcapng.gz", "ikev1-bug-12620.pcapng.gz"),
                         [](const auto& capture) {
                           std::string name = capture.param;
                           std::ranges::replace_if(
                               name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
                           return name;
                         });

TEST(TsharkEsp, ReadsEspAsWeDo) {
  SKIP_WITHOUT_TESTDATA();
  if (!have_tshark()) GTEST_SKIP() << "tshark is not there";
  const Rows theirs = tshark("esp-bug-12671.pcapng.gz", esp_fields);
  const Json ours = decoded("esp-bug-12671.pcapng.gz");
  ASSERT_EQ(theirs.size(), 6u);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const Json& inner = ours[i]["inner"];
    EXPECT_EQ("0x" + ours[i]["spi"].get<std::string>(), theirs[i].at("esp.spi"));
    EXPECT_EQ(ours[i]["sequence_number"].dump(), theirs[i].at("esp.sequence"));
    EXPECT_EQ(ours[i]["source"].get<std::string>() + ',' + inner["source"].get<std::string>(), theirs[i].at("ip.src"));
    EXPECT_EQ(ours[i]["destination"].get<std::string>() + ',' + inner["destination"].get<std::string>(),
              theirs[i].at("ip.dst"));
    EXPECT_EQ(inner["sequence_number"].dump(), theirs[i].at("icmp.seq"));
  }
}

}  // namespace
}  // namespace agilevpn::cli::decode
