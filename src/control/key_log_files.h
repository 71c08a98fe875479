// Writes the keys of SAs as Wireshark's own tables, for who must read a capture: DIRECTORY/ikev2_decryption_table and
// DIRECTORY/esp_sa. Whoever has these files reads the traffic. Only on request, and never in the log.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "ike/endpoint.h"

namespace agilevpn::control {

class KeyLogFiles {
 public:
  // Makes the directory if it is missing. The files are for their owner alone.
  static Result<KeyLogFiles, Error> open(const std::filesystem::path& directory);
  Result<void, Error> write(const ike::KeyLogEntry& entry);

 private:
  explicit KeyLogFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
};

}  // namespace agilevpn::control
