// For tests: IKEv2 messages and payloads that other implementations made, from the shared test data.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire::recorded {

// Whether the shared test data lie beside the source.
inline bool is_present() { return std::ifstream{AGILEVPN_TESTDATA "/README.md"}.good(); }

inline nlohmann::json load(const std::string& file) {
  std::ifstream in{AGILEVPN_TESTDATA "/" + file};
  return nlohmann::json::parse(in);
}

inline Bytes octets(const nlohmann::json& hex) { return from_hex(hex.get<std::string>()).value(); }

// The constant `name` of Android's unit test `test`.
inline Bytes android(std::string_view test, std::string_view name) {
  const auto tests = load("android/unit_test_hex.json");
  for (const auto& constant : tests.at("constants"))
    if (constant.at("name") == name && constant.at("file").get<std::string>().ends_with(std::string{test} + ".java"))
      return octets(constant.at("hex"));
  throw std::out_of_range{std::string{name}};
}

// An IKEv2 header whose Length fits.
inline bool is_message(const Bytes& octets) {
  if (octets.size() < header_size || octets[17] != std::byte{0x20}) return false;
  return Reader{ByteView{octets}.subspan(24)}.u32("Length") == octets.size();
}

// Every whole message: Android's unit tests, what strongSwan answered Android, and an exchange with a pre-shared key.
inline std::vector<Bytes> messages() {
  std::vector<Bytes> all;
  const auto add = [&](const nlohmann::json& hex) {
    if (Bytes candidate = octets(hex); is_message(candidate)) all.push_back(std::move(candidate));
  };
  const auto tests = load("android/unit_test_hex.json");
  for (const auto& constant : tests.at("constants")) add(constant.at("hex"));
  const auto psk = load("ikev2-psk/exchange_aes128_sha1_modp1024.json");
  for (const auto& message : psk.at("messages")) add(message);
  const auto exchanges = load("android/cts_exchanges_with_keys.json");
  for (const auto& sa : exchanges.at("sas")) {
    add(sa.at("ike_sa_init_response"));
    for (const auto& message : sa.at("messages")) add(message.at("raw"));
  }
  return all;
}

struct Chain {
  PayloadType first;
  Bytes octets;
};

// What stood inside SK payloads.
inline std::vector<Chain> chains() {
  std::vector<Chain> all;
  const auto add = [&](const nlohmann::json& first, const nlohmann::json& hex) {
    all.push_back({PayloadType{first.get<std::uint8_t>()}, octets(hex)});
  };
  const auto exchanges = load("android/cts_exchanges_with_keys.json");
  for (const auto& sa : exchanges.at("sas"))
    for (const auto& message : sa.at("messages"))
      for (const char* key : {"plaintext", "reassembled"})
        if (message.contains(key)) add(message.at("first_payload"), message.at(key));
  const auto psk = load("ikev2-psk/exchange_aes128_sha1_modp1024.json");
  for (const char* key : {"ike_auth_request_plaintext", "ike_auth_response_plaintext"})
    add(psk.at(key).at("first_payload"), psk.at(key).at("data"));
  return all;
}

}  // namespace agilevpn::ike::wire::recorded

#define SKIP_WITHOUT_TESTDATA() \
  if (!::agilevpn::ike::wire::recorded::is_present()) GTEST_SKIP() << "the shared test data are not there"
