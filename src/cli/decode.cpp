#include "cli/decode/decode.h"

#include <iostream>

#include "cli/verb.h"

namespace agilevpn::cli {

void add_decode(CLI::App& app, Context& context) {
  auto options = std::make_shared<DecodeOptions>();
  CLI::App* verb = add_verb(app, "decode", "Read every IKE and ESP packet of a capture",
                            "  agilevpn decode capture.pcapng --keys keys/");
  verb->add_option("FILE", options->file, "pcap or pcapng, also gzipped")->required();
  verb->add_option("--keys", options->key_files,
                   "Wireshark's ikev2_decryption_table and esp_sa, or folders that hold them");
  verb->add_option("--port", options->ports, "Another UDP port to read as IKE and ESP, besides 500 and 4500");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { context.exit_status = run_decode(*options, std::cout, std::cerr); });
}

}  // namespace agilevpn::cli
