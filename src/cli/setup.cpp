#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/address.h"
#include "base/host_name.h"
#include "cli/setup_steps.h"
#include "cli/verb.h"
#include "control/config/gateway_config.h"

namespace agilevpn::cli {

namespace {

// Without --dir it is this machine that becomes the gateway; a folder may be for another one.
bool is_for_this_machine(const SetupOptions& options) {
  return options.directory.empty() || options.starts || options.checks_only;
}

// A host, and the one that a configuration is for that is there.
Result<void, Error> check_name(const SetupOptions& options) {
  if (!is_host(options.name))
    return Failure{
        Error{fmt::format("'{}' is no domain name and no address", options.name),
              "the name or address that clients reach this gateway by, like vpn.example.org, without a port"}};
  if (options.name.size() > common_name_max)
    return Failure{
        Error{fmt::format("no certificate can have a name of {} letters", options.name.size()),
              fmt::format("{} are the most; give the gateway a shorter name, or its address", common_name_max)}};
  TRY_ASSIGN(const auto configured, configured_name(options));
  if (!configured || *configured == options.name) return {};
  return Failure{Error{fmt::format("{} is there, for {}", options.configuration_file().string(), *configured),
                       "remove it, or set up under that name"}};
}

Result<void, Error> check_pool(const SetupOptions& options) {
  const auto pool = IpPrefix::parse(options.pool);
  const bool is_good = pool && pool->address.is_v4() && pool->length <= 30;
  if (is_good && pool->address == pool->first()) return {};
  return Failure{Error{
      fmt::format("'{}' is no IPv4 prefix with room for clients", options.pool),
      fmt::format("for example {}", is_good ? IpPrefix{pool->first(), pool->length}.to_string() : "10.66.0.0/24")}};
}

// `steps` tells what was found and done, also where it did not get to the end.
Result<void, Error> set_up(const SetupOptions& options, Steps& steps) {
  TRY(check_name(options));
  TRY(check_pool(options));
  TRY(check_against_configuration(options));
  if (is_for_this_machine(options)) steps = check_machine(options);
  if (options.checks_only) {
    std::ranges::move(check_configuration(options), std::back_inserter(steps));
    return {};
  }
  TRY_ASSIGN(auto made, make_certificates(options));
  std::ranges::move(made, std::back_inserter(steps));
  TRY_ASSIGN(auto written, write_configuration(options));
  steps.push_back(std::move(written));
  if (!is_for_this_machine(options)) return {};
  TRY_ASSIGN(auto started, start_gateway(options));
  steps.push_back(std::move(started));
  return {};
}

// A RADIUS server has users of its own.
bool has_users(const SetupOptions& options) {
  const auto config = control::config::load_gateway(options.configuration_file());
  return !config || config->gateway.radius.empty();
}

std::string next_command(const SetupOptions& options) {
  const bool is_here = options.directory.empty();
  const std::string add = is_here
                              ? "sudo agilevpn user add anna && "
                              : fmt::format("agilevpn user --dir {} add anna && ", options.state_directory().string());
  const std::string profile = is_here ? "sudo agilevpn profile anna --for all --out anna/"
                                      : fmt::format("agilevpn profile anna --config {} --for all --out anna/",
                                                    options.configuration_file().string());
  return has_users(options) ? add + profile : profile;
}

void print_steps(const Steps& steps) {
  for (const Step& step : steps) {
    fmt::print("{:<7} {}\n", step.verdict, step.sentence);
    if (!step.help.empty()) fmt::print("        {}{}\n", step.verdict == "fixed" ? "by: " : "-> ", step.help);
  }
}

void print_next(const SetupOptions& options, const Steps& steps) {
  if (options.checks_only) return;
  if (std::ranges::none_of(steps, &Step::is_change)) fmt::print("\nEverything was there; nothing was changed.\n");
  fmt::print("\nNext:\n  {}\n", next_command(options));
}

nlohmann::json to_json(const SetupOptions& options, const Steps& steps) {
  auto list = nlohmann::json::array();
  for (const Step& step : steps)
    list.push_back({{"verdict", step.verdict}, {"what", step.sentence}, {"help", step.help}});
  return {{"name", options.name},
          {"configuration", options.configuration_file().string()},
          {"changed", std::ranges::any_of(steps, &Step::is_change)},
          {"steps", list},
          {"next", next_command(options)}};
}

void run(const SetupOptions& options, Context& context) {
  Steps steps;
  const auto done = set_up(options, steps);
  if (options.json) {
    print_json(to_json(options, steps));
  } else {
    print_steps(steps);
    if (done) print_next(options, steps);
  }
  if (!done) return context.fail(done.error());
  if (options.checks_only && std::ranges::any_of(steps, &Step::is_wrong)) context.exit_status = 1;
}

}  // namespace

void add_setup(CLI::App& app, Context& context) {
  auto options = std::make_shared<SetupOptions>();
  CLI::App* verb = add_verb(
      app, "setup", "Make this machine a gateway: check it, make a CA, a certificate and a configuration, and start",
      "  sudo agilevpn setup vpn.example.org\n  sudo agilevpn setup vpn.example.org --check\n  agilevpn setup "
      "203.0.113.10 --dir try/");
  verb->add_option("NAME", options->name, "The name or address that clients reach it by")->required();
  verb->add_flag("--check", options->checks_only,
                 "Only say what is wrong, and change nothing; exit status 1 if something is");
  verb->add_flag("--yes", options->says_yes,
                 "Repair without asking; without it nobody's firewall is changed unless somebody says so");
  verb->add_flag("--start", options->starts, "Start agilevpnd where no systemd does");
  verb->add_option("--dir", options->directory,
                   "Put everything there instead of /etc/agilevpn and /var/lib/agilevpn, and leave the machine alone");
  auto* pool = verb->add_option("--pool", options->pool, "IPv4 addresses for clients")->capture_default_str();
  auto* certificate =
      verb->add_option("--certificate", options->certificate,
                       "The gateway's certificate (PEM), of a CA that devices know; else the own CA issues one");
  verb->add_option("--key", options->key, "Its key, if it is not in the same file")->needs(certificate);
  add_json_flag(verb, options->json);
  verb->callback([options, pool, &context] {
    options->names_pool = pool->count() > 0;
    run(*options, context);
  });
}

}  // namespace agilevpn::cli
