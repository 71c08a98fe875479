#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ranges>

#include "cli/text.h"
#include "cli/verb.h"
#include "control/config/credential_files.h"
#include "control/files/file.h"
#include "profiles/platform_rules.h"

namespace agilevpn::cli {

namespace {

using profiles::Finding;
using profiles::System;
using std::filesystem::path;

struct DoctorOptions {
  path file;
  std::vector<path> authorities;
  std::string name;
  bool json = false;
};

struct Examined {
  profiles::GatewayChain gateway;
  std::vector<Finding> findings;
};

// A file of `agilevpn pki` lies below its CA.
Result<std::vector<path>, Error> authority_files(const DoctorOptions& options) {
  if (!options.authorities.empty() || options.file.parent_path().filename() != "issued") return options.authorities;
  const path own = std::filesystem::absolute(options.file).parent_path().parent_path() / "ca.pem";
  TRY_ASSIGN(const bool is_there, control::files::has(own));
  return is_there ? std::vector{own} : std::vector<path>{};
}

Result<Examined, Error> examine_file(const DoctorOptions& options) {
  Examined out;
  TRY_ASSIGN(out.gateway.chain, control::config::load_certificates(options.file));
  TRY_ASSIGN(const auto authorities, authority_files(options));
  for (const path& file : authorities) {
    TRY_ASSIGN(auto loaded, control::config::load_certificates(file));
    std::ranges::move(loaded, std::back_inserter(out.gateway.anchors));
  }
  const std::optional<std::string> name = options.name.empty() ? std::nullopt : std::optional{options.name};
  out.findings = profiles::examine(out.gateway, name, wall_now());
  return out;
}

std::vector<std::string> system_texts(const Finding& finding, std::string_view (*text)(System)) {
  std::vector<std::string> out;
  for (const System system : finding.systems) out.emplace_back(text(system));
  return out;
}

nlohmann::json to_json(const DoctorOptions& options, const Examined& examined) {
  auto findings = nlohmann::json::array();
  for (const Finding& finding : examined.findings) {
    findings.push_back({{"rule", finding.rule},
                        {"breaks", finding.weight == Finding::Weight::Breaks},
                        {"what", finding.what},
                        {"help", finding.help},
                        {"systems", system_texts(finding, profiles::to_key)}});
  }
  auto accepted = nlohmann::json::object();
  for (const System system : profiles::all_systems)
    accepted[std::string(profiles::to_key(system))] = !profiles::breaks(examined.findings, system);
  return {{"file", options.file.string()},
          {"subject", examined.gateway.chain.front().subject()},
          {"accepted", accepted},
          {"findings", findings}};
}

void print_examined(const DoctorOptions& options, const Examined& examined) {
  fmt::print("{}: {}\n", options.file.string(), examined.gateway.chain.front().subject());
  for (const System system : profiles::all_systems) {
    fmt::print("  {:<14} {}\n", profiles::to_name(system),
               profiles::breaks(examined.findings, system) ? "refuses it" : "takes it");
  }
  for (const Finding& finding : examined.findings) {
    const bool is_broken = finding.weight == Finding::Weight::Breaks;
    fmt::print("\n{} {} ({})\n  {}\n  {}\n", is_broken ? "refused by" : "advice for",
               join(system_texts(finding, profiles::to_name)), finding.rule, finding.what, finding.help);
  }
}

void run_doctor(const DoctorOptions& options, Context& context) {
  const auto examined = examine_file(options);
  if (!examined) return context.fail(examined.error());
  if (options.json) {
    print_json(to_json(options, *examined));
  } else {
    print_examined(options, *examined);
  }
  const bool is_refused = std::ranges::any_of(
      profiles::all_systems, [&](System system) { return profiles::breaks(examined->findings, system); });
  if (is_refused) context.exit_status = 1;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* doctor = add_verb(app, "doctor", "Say what is wrong, and what to do",
                              "  agilevpn doctor cert vpn.pem --name vpn.example.org");
  doctor->require_subcommand(1);
  CLI::App* verb = add_verb(
      *doctor, "cert", "Say which rule of which system a gateway's certificate breaks",
      "  agilevpn doctor cert vpn.pem\n  agilevpn doctor cert fullchain.pem --ca root.pem --name 203.0.113.10");
  verb->add_option("FILE", options->file, "The gateway's certificate, with what it sends besides")->required();
  verb->add_option("--ca", options->authorities, "A root that devices trust")->allow_extra_args(false);
  verb->add_option("--name", options->name, "What clients type: a name or an address");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run_doctor(*options, context); });
}

}  // namespace agilevpn::cli
