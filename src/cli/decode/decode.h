// `agilevpn decode`: every IKE and ESP packet of a capture, as a person would read it or as JSON.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace agilevpn::cli {

struct DecodeOptions {
  std::string file;                    // pcap or pcapng, also gzipped.
  std::vector<std::string> key_files;  // Wireshark's ikev2_decryption_table and esp_sa, or folders that hold them.
  bool json = false;                   // One array, one packet a line.
  std::vector<std::uint16_t> ports;    // UDP ports to read as IKE and ESP, besides 500 and 4500.
};

// The exit status: 0, or 1 with the reason on `err` if a file cannot be read. A packet that is wrong in itself is shown
// with what is wrong.
int run_decode(const DecodeOptions& options, std::ostream& out, std::ostream& err);

}  // namespace agilevpn::cli
