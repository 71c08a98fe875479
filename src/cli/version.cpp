#include <fmt/format.h>
#include <openssl/crypto.h>

#include <nlohmann/json.hpp>

#include "cli/verb.h"

namespace agilevpn::cli {

void add_version(CLI::App& app, Context&) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(app, "version", "Say what this is", "  agilevpn version --json");
  add_json_flag(verb, *json);
  verb->callback([json] {
    const std::string openssl = OpenSSL_version(OPENSSL_FULL_VERSION_STRING);
    if (*json) return print_json({{"version", AGILEVPN_VERSION}, {"openssl", openssl}});
    fmt::print("agilevpn {}, OpenSSL {}\n", AGILEVPN_VERSION, openssl);
  });
}

}  // namespace agilevpn::cli
