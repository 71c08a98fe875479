#include <fmt/format.h>
#include <openssl/crypto.h>

#include <nlohmann/json.hpp>

#include "cli/verb.h"

namespace agilevpn::cli {

namespace {

std::string openssl() { return OpenSSL_version(OPENSSL_FULL_VERSION_STRING); }
std::string sentence() { return fmt::format("agilevpn {}, OpenSSL {}", AGILEVPN_VERSION, openssl()); }

}  // namespace

void add_version(CLI::App& app, Context&) {
  app.set_version_flag("--version", sentence, "Say what this is");
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(app, "version", "Say what this is", "  agilevpn version --json");
  add_json_flag(verb, *json);
  verb->callback([json] {
    if (*json) return print_json({{"version", AGILEVPN_VERSION}, {"openssl", openssl()}});
    fmt::print("{}\n", sentence());
  });
}

}  // namespace agilevpn::cli
