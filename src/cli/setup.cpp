#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "control/config/gateway_config.h"
#include "control/files/file.h"
#include "control/files/pki_store.h"
#include "linux/program.h"
#include "linux/system_random.h"

namespace agilevpn::cli {

namespace {

using control::files::PkiStore;
using std::filesystem::path;

struct SetupOptions {
  std::string name;
  path directory;  // Empty: the system's own places.
  std::string pool = "10.66.0.0/24";
  bool json = false;
};

// One line of what was found or done: "ok    /dev/net/tun can be opened".
struct Step {
  std::string_view verdict;  // "ok", "made", "kept", "note"
  std::string sentence;
};

path configuration_directory(const SetupOptions& options) {
  return options.directory.empty() ? path(control::config::configuration_directory) : options.directory;
}
path state_directory(const SetupOptions& options) {
  return options.directory.empty() ? path(control::config::default_state_directory) : options.directory / "state";
}

// ---- this machine

Step check_port(std::uint16_t port) {
  const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  const bool is_free = ::bind(socket, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) == 0;
  const int reason = errno;
  ::close(socket);
  if (is_free) return {"ok", fmt::format("UDP {} is free", port)};
  return {"note", fmt::format("UDP {}: {}", port, reason == EADDRINUSE ? "another program has it; stop it first" : std::strerror(reason))};
}

std::vector<Step> check_machine() {
  std::vector<Step> steps;
  const bool has_tun = ::access("/dev/net/tun", R_OK | W_OK) == 0;
  steps.push_back(has_tun ? Step{"ok", "/dev/net/tun can be opened"}
                          : Step{"note", fmt::format("/dev/net/tun: {}; agilevpnd needs it", std::strerror(errno))});
  steps.push_back(linux::find_program("nft")
                      ? Step{"ok", "nft is there: clients reach other networks with this machine's address (masquerade)"}
                      : Step{"note", "nft is not there (Debian's nftables): what is behind this machine must know the way to its clients"});
  steps.push_back(check_port(500));
  steps.push_back(check_port(4500));
  return steps;
}

// ---- certificate

Result<std::vector<Step>, Error> make_certificates(const SetupOptions& options) {
  std::vector<Step> steps;
  const path pki_directory = state_directory(options) / "pki";
  const bool is_new = !std::filesystem::exists(PkiStore::ca_file(pki_directory));
  TRY_ASSIGN(PkiStore pki, is_new ? PkiStore::init(pki_directory, "CN=AgileVPN CA of " + options.name, crypto::KeyType::EcdsaP256, wall_now())
                                  : PkiStore::open(pki_directory));
  steps.push_back({is_new ? "made" : "kept", fmt::format("the CA in {}", pki_directory.string())});
  const auto* issued = pki.find(options.name);
  if (issued && !issued->revoked && issued->not_after > wall_now()) {
    steps.push_back({"kept", fmt::format("the certificate of {}", options.name)});
    return steps;
  }
  TRY(pki.issue({.name = options.name, .is_gateway = true}, wall_now()));
  steps.push_back({"made", fmt::format("a certificate for {}", options.name)});
  return steps;
}

// ---- configuration

// A unique local prefix of its own (RFC 4193 §3.2), so that two networks that meet later do not clash.
std::string random_ipv6_pool() {
  linux::SystemRandom random;
  const std::string id = to_hex(random.public_bytes(5));
  return fmt::format("fd{}:{}:{}::/64", id.substr(0, 2), id.substr(2, 4), id.substr(6, 4));
}

std::string configuration_text(const SetupOptions& options) {
  std::string text = fmt::format("name = \"{}\"\n", options.name);
  if (!options.directory.empty()) text += "state-dir = \"state\"\n";
  if (linux::find_program("nft")) text += "masquerade = true\n";
  text += "\n[certificate]\nown-ca = true\n";
  text += fmt::format("\n[pool]\nipv4 = \"{}\"\nipv6 = \"{}\"\n", options.pool, random_ipv6_pool());
  return text;
}

Result<Step, Error> write_configuration(const SetupOptions& options) {
  const path file = configuration_directory(options) / "gateway.toml";
  const bool is_new = !std::filesystem::exists(file);
  if (is_new) TRY(control::files::write(file, as_bytes(configuration_text(options)), control::files::Readers::Everyone));
  const auto config = control::config::load_gateway(file);
  if (!config) return Failure{config.error().front()};
  if (config->gateway.name != options.name) {
    return Failure{Error{fmt::format("{} is there, for {}", file.string(), config->gateway.name), "remove it, or set up under that name"}};
  }
  return Step{is_new ? "made" : "kept", file.string()};
}

// ---- all of it

Result<std::vector<Step>, Error> set_up(const SetupOptions& options) {
  const auto pool = IpPrefix::parse(options.pool);
  if (!pool || pool->address.is_v6() || pool->length > 30) {
    return Failure{Error{fmt::format("'{}' is no IPv4 prefix with room for clients", options.pool), "for example 10.66.0.0/24"}};
  }
  std::vector<Step> steps = check_machine();
  TRY_ASSIGN(const auto made, make_certificates(options));
  steps.insert(steps.end(), made.begin(), made.end());
  TRY_ASSIGN(const Step written, write_configuration(options));
  steps.push_back(written);
  return steps;
}

void print_next(const SetupOptions& options) {
  if (options.directory.empty()) {
    fmt::print("\nNext:\n  sudo systemctl enable --now agilevpn-gateway\n  sudo agilevpn pki issue anna --out anna.p12\n");
  } else {
    const auto file = configuration_directory(options) / "gateway.toml";
    const auto pki = state_directory(options) / "pki";
    fmt::print("\nNext:\n  sudo agilevpnd --config {}\n  agilevpn pki --dir {} issue anna --out anna.p12\n", file.string(), pki.string());
  }
}

void run(const SetupOptions& options, Context& context) {
  const auto steps = set_up(options);
  if (!steps) return context.fail(steps.error());
  if (options.json) {
    auto json = nlohmann::json::array();
    for (const Step& step : *steps) json.push_back({{"verdict", step.verdict}, {"what", step.sentence}});
    return print_json({{"name", options.name}, {"configuration", (configuration_directory(options) / "gateway.toml").string()}, {"steps", json}});
  }
  for (const Step& step : *steps) fmt::print("{:<5} {}\n", step.verdict, step.sentence);
  print_next(options);
}

}  // namespace

void add_setup(CLI::App& app, Context& context) {
  auto options = std::make_shared<SetupOptions>();
  CLI::App* verb = add_verb(app, "setup", "Make this machine a gateway: a CA, the gateway's certificate, a configuration",
                            "  sudo agilevpn setup vpn.example.org\n  agilevpn setup 203.0.113.10 --dir try/");
  verb->add_option("NAME", options->name, "The name or address that clients reach it by")->required();
  verb->add_option("--dir", options->directory, "Put everything there instead of /etc/agilevpn and /var/lib/agilevpn");
  verb->add_option("--pool", options->pool, "IPv4 addresses for clients")->capture_default_str();
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run(*options, context); });
}

}  // namespace agilevpn::cli
