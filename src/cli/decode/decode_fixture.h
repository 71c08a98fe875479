// For tests: captures of the shared test data decoded as `agilevpn decode` would.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/decode/decode.h"
#include "cli/decode/payload_json.h"

namespace agilevpn::cli::decode {

inline const std::string captures = AGILEVPN_TESTDATA "/wireshark/";
inline const std::string captured_keys = captures + "keys";

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
  Json json() const { return Json::parse(out); }
};

inline Outcome run(const DecodeOptions& options) {
  std::ostringstream out, err;
  const int status = run_decode(options, out, err);
  return {status, out.str(), err.str()};
}

// A file in the test's own folder.
inline std::string written_file(const std::string& name, const std::string& content) {
  const std::string file = testing::TempDir() + "agilevpn-decode-" + name;
  std::ofstream{file, std::ios::binary} << content;
  return file;
}

// A capture of these frames, in the classic format.
inline std::string written_capture(const std::string& name, std::uint32_t link_type, const std::vector<Bytes>& frames) {
  const auto little = [](std::uint32_t value) {
    return std::string{static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
                       static_cast<char>(value >> 24)};
  };
  std::string file =
      little(0xa1b2c3d4) + little(0x00040002) + little(0) + little(0) + little(65535) + little(link_type);
  for (const Bytes& frame : frames) {
    const auto size = little(static_cast<std::uint32_t>(frame.size()));
    file += little(1) + little(0) + size + size + agilevpn::to_text(frame);
  }
  return written_file(name, file);
}

// The payloads of a packet with those inside SK, each followed by what it holds.
inline std::vector<Json> flattened(const Json& packet) {
  std::vector<Json> all;
  if (!packet.contains("payloads")) return all;
  for (const Json& payload : packet["payloads"]) {
    all.push_back(payload);
    const auto inner = flattened(payload);
    all.insert(all.end(), inner.begin(), inner.end());
  }
  return all;
}

}  // namespace agilevpn::cli::decode

#define SKIP_WITHOUT_TESTDATA() \
  if (!std::filesystem::exists(AGILEVPN_TESTDATA "/README.md")) GTEST_SKIP() << "the shared test data are not there"
