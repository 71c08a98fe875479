#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <sstream>

#include "preflight/checks.h"
#include "preflight/nft_ruleset.h"

namespace agilevpn::preflight {

namespace {

using Weight = Finding::Weight;

constexpr std::array ports = {ike_port, nat_traversal_port};

Finding fine(std::string what) { return {.check = "firewall", .what = std::move(what), .help = {}, .cure = {}}; }

std::string help_of(const std::vector<Command>& cure) {
  std::string out;
  for (const Command& command : cure) out += (out.empty() ? "" : " && ") + to_string(command);
  return out;
}

Finding repairable(Weight weight, std::string what, std::vector<Command> cure, std::string_view more = "") {
  return {.weight = weight,
          .check = "firewall",
          .what = std::move(what),
          .help = help_of(cure) + std::string(more),
          .cure = std::move(cure)};
}

std::vector<std::string> words_of(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, separator);) {
    if (!word.empty()) out.push_back(std::move(word));
  }
  return out;
}

// "500", "500,4500", "500:600", "1000-2000", with or without "/udp".
bool names_udp_port(const std::string& text, std::uint16_t port) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos && text.substr(slash + 1) != "udp") return false;
  for (const std::string& part : words_of(text.substr(0, slash), ',')) {
    const std::size_t dash = part.find_first_of(":-");
    const auto number = [](const std::string& digits) {
      return digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos
                 ? 0UL
                 : std::stoul(digits.substr(0, 6));
    };
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : number(part.substr(dash + 1));
    if (first != 0 && first <= port && port <= last) return true;
  }
  return false;
}

// ---- ufw: a table of rules below its defaults.

// "500,4500/udp   ALLOW IN   Anywhere"
bool ufw_allows(const std::vector<std::string>& lines, std::uint16_t port) {
  return std::ranges::any_of(lines, [&](const std::string& line) {
    const auto words = words_of(line, ' ');
    return words.size() > 2 && names_udp_port(words[0], port) && words[1] == "ALLOW" &&
           line.find(" IN ") != std::string::npos && line.find("Anywhere") != std::string::npos;
  });
}

Findings check_ufw(const Machine& machine) {
  const std::string& text = *machine.firewalls.ufw;
  const auto lines = words_of(text, '\n');
  Findings out;
  const bool is_open = text.find("allow (incoming)") != std::string::npos ||
                       std::ranges::all_of(ports, [&](std::uint16_t port) { return ufw_allows(lines, port); });
  out.push_back(is_open
                    ? fine("ufw lets UDP 500 and 4500 in")
                    : repairable(Weight::Problem, "ufw drops UDP 500 and 4500", {{"ufw", "allow", "500,4500/udp"}}));
  const auto is_forwarded = [&](const std::string& line) {
    return line.find("ALLOW FWD") != std::string::npos && line.find("on " + machine.tunnel) != std::string::npos;
  };
  const bool forwards = text.find("allow (routed)") != std::string::npos || std::ranges::any_of(lines, is_forwarded);
  out.push_back(forwards ? fine("ufw forwards what clients send")
                         : repairable(Weight::Problem, "ufw drops what clients send to other hosts",
                                      {{"ufw", "route", "allow", "in", "on", machine.tunnel}}));
  return out;
}

// ---- firewalld: services and ports of a zone.

Findings check_firewalld(const Machine& machine) {
  std::vector<std::string> services, open_ports;
  bool accepts = false;
  for (const std::string& line : words_of(*machine.firewalls.firewalld, '\n')) {
    const auto words = words_of(line, ' ');
    if (words.empty()) continue;
    if (words[0] == "services:") services.assign(words.begin() + 1, words.end());
    if (words[0] == "ports:") open_ports.assign(words.begin() + 1, words.end());
    if (words[0] == "target:") accepts = words.size() > 1 && words[1] == "ACCEPT";
  }
  const auto is_open = [&](std::uint16_t port) {
    return std::ranges::any_of(open_ports, [&](const std::string& range) { return names_udp_port(range, port); });
  };
  const bool lets_in =
      accepts || std::ranges::find(services, "ipsec") != services.end() || std::ranges::all_of(ports, is_open);
  Findings out{
      lets_in ? fine("firewalld lets UDP 500 and 4500 in")
              : repairable(Weight::Problem, "firewalld drops UDP 500 and 4500",
                           {{"firewall-cmd", "--permanent", "--add-service=ipsec"}, {"firewall-cmd", "--reload"}})};
  out.push_back({.weight = Weight::Advice,
                 .check = "firewall",
                 .what = "firewalld decides what clients reach behind this machine",
                 .help = fmt::format("to let them reach all of it: firewall-cmd --permanent --zone=trusted "
                                     "--add-interface={} && firewall-cmd --reload",
                                     machine.tunnel),
                 .cure = {}});
  return out;
}

// ---- nftables by hand.

Command insert_rule(const Fate& fate, std::initializer_list<std::string> rule) {
  Command out = {"nft", "insert", "rule", fate.family, fate.table, fate.chain};
  out.insert(out.end(), rule);
  return out;
}

// The worst that happens to packets of both families, and to each port.
Result<Fate, Error> worst_fate(const std::string& ruleset, const Probe& common) {
  Fate worst;
  for (const Family family : {Family::V4, Family::V6}) {
    for (const std::uint16_t port : ports) {
      Probe probe = common;
      probe.family = family;
      if (probe.hook == "input") probe.udp_port = port;
      TRY_ASSIGN(Fate fate, follow(ruleset, probe));
      if (fate.verdict > worst.verdict) worst = std::move(fate);
    }
  }
  return worst;
}

Finding judge_nftables(const Fate& fate, std::string_view whom, const std::vector<Command>& cure) {
  const std::string where = fmt::format("nftables' chain {} {} {}", fate.family, fate.table, fate.chain);
  switch (fate.verdict) {
    case Fate::Verdict::Accepted: return fine(fmt::format("nftables lets {}", whom));
    case Fate::Verdict::Unclear:
      return {.weight = Weight::Advice,
              .check = "firewall",
              .what = fmt::format("{} has conditions that nobody can judge from here; it must let {}", where, whom),
              .help = "if it does not: " + help_of(cure),
              .cure = {}};
    case Fate::Verdict::Dropped: break;
  }
  return repairable(Weight::Problem, fmt::format("{} does not let {}", where, whom), cure,
                    ", and the same in /etc/nftables.conf, which lasts");
}

Findings check_nftables(const Machine& machine) {
  const auto in = worst_fate(*machine.firewalls.nftables, {.hook = "input", .interface = {}, .udp_port = {}});
  const auto through =
      worst_fate(*machine.firewalls.nftables, {.hook = "forward", .interface = machine.tunnel, .udp_port = {}});
  if (!in || !through) {
    const Error& error = in ? through.error() : in.error();
    return {{.weight = Weight::Advice,
             .check = "firewall",
             .what = error.what,
             .help = "see yourself that UDP 500 and 4500 come in",
             .cure = {}}};
  }
  return {judge_nftables(*in, "UDP 500 and 4500 in", {insert_rule(*in, {"udp", "dport", "{ 500, 4500 }", "accept"})}),
          judge_nftables(*through, "clients through to other hosts",
                         {insert_rule(*through, {"oifname", machine.tunnel, "accept"}),
                          insert_rule(*through, {"iifname", machine.tunnel, "accept"})})};
}

}  // namespace

// ufw and firewalld write nftables' rules, so what they say themselves counts.
Findings check_firewall(const Machine& machine) {
  if (machine.firewalls.ufw) return check_ufw(machine);
  if (machine.firewalls.firewalld) return check_firewalld(machine);
  if (machine.firewalls.nftables) return check_nftables(machine);
  return {{.weight = Weight::Advice,
           .check = "firewall",
           .what = "nothing is known of a firewall on this machine",
           .help = "if there is one, let UDP 500 and 4500 in",
           .cure = {}}};
}

}  // namespace agilevpn::preflight
