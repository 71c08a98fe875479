#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "cli/setup_steps.h"
#include "control/config/gateway_config.h"
#include "control/files/file.h"
#include "linux/machine_reader.h"
#include "linux/program.h"
#include "preflight/checks.h"

namespace agilevpn::cli {

namespace {

constexpr int rounds_max = 4;  // A repair may show what was hidden behind it: the chain after the first one.

// What opens this machine to others is a person's decision; nobody at the keyboard means no.
bool may_repair(const preflight::Finding& finding, const SetupOptions& options) {
  if (finding.is_harmless || options.says_yes) return true;
  if (options.json || !::isatty(STDIN_FILENO) || !::isatty(STDOUT_FILENO)) return false;
  fmt::print("{}.\n  {}\nDo that now? [Y/n] ", finding.what, finding.help);
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return !std::cin.fail() && (answer.empty() || answer.front() == 'y' || answer.front() == 'Y');
}

// "fixed", or "wrong" with what a person must do.
Step repair(const preflight::Finding& finding) {
  for (const preflight::Command& command : finding.cure) {
    const auto done = linux::run_patiently(command, 30s);
    if (!done)
      return {"wrong", fmt::format("{}, and the repair failed: {}", finding.what, done.error().to_string()),
              finding.help};
  }
  return {"fixed", finding.what, finding.help};
}

Step step_of(const preflight::Finding& finding) {
  return {std::string(preflight::to_string(finding.weight)), finding.what, finding.help};
}

bool is_repairable(const preflight::Finding& finding) {
  return finding.weight == preflight::Finding::Weight::Problem && !finding.cure.empty();
}

// Repairs what it may of these findings.
Steps repair_all(const preflight::Findings& findings, const SetupOptions& options, std::vector<std::string>& left) {
  Steps out;
  for (const preflight::Finding& finding : findings) {
    if (!is_repairable(finding) || std::ranges::find(left, finding.what) != left.end()) continue;
    left.push_back(finding.what);  // Once is enough, whether it helps or not.
    if (may_repair(finding, options)) out.push_back(repair(finding));
  }
  return out;
}

}  // namespace

Steps check_machine(const SetupOptions& options) {
  const auto examine = [&] {
    return preflight::examine(linux::read_machine(options.name, control::config::HostOptions{}.interface));
  };
  preflight::Findings findings = examine();
  Steps steps;
  std::vector<std::string> tried;
  for (int round = 0; round < rounds_max && !options.checks_only; ++round) {
    Steps repairs = repair_all(findings, options, tried);
    if (repairs.empty()) break;
    std::ranges::copy_if(repairs, std::back_inserter(steps), &Step::is_change);
    findings = examine();
  }
  std::ranges::transform(findings, std::back_inserter(steps), step_of);
  return steps;
}

Steps check_configuration(const SetupOptions& options) {
  const auto file = options.configuration_file();
  const auto is_there = control::files::has(file);
  if (!is_there) return {{"wrong", is_there.error().what, is_there.error().help}};
  if (!*is_there) return {{"ok", fmt::format("{} is not there yet", file.string()), {}}};
  const auto config = control::config::load_gateway(file);
  if (config) return {{"ok", fmt::format("{} is good", file.string()), {}}};
  Steps out;
  for (const Error& mistake : config.error()) out.push_back({"wrong", mistake.what, mistake.help});
  return out;
}

}  // namespace agilevpn::cli
