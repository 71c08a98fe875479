#include "linux/session_firewall.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <nftables/libnftables.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace agilevpn::linux {

namespace {

using gateway::FirewallRule;
using gateway::FirewallRules;
using Direction = FirewallRule::Direction;
using Protocol = FirewallRule::Protocol;

std::string_view family(const IpAddress& address) { return address.is_v4() ? "ip" : "ip6"; }
// "4" and "6" for a host's map, "4n" and "6n" for a network's: one look-up finds a host, however many there are.
std::string kind(const IpPrefix& end) {
  return fmt::format("{}{}", end.address.is_v4() ? '4' : '6', end.length == end.address.bits() ? "" : "n");
}

// "ip daddr 10.20.0.0/16 ", "" for any.
std::string network_text(const FirewallRule& rule) {
  if (!rule.network) return {};
  return fmt::format("{} {} {} ", family(rule.network->address), rule.direction == Direction::To ? "daddr" : "saddr",
                     rule.network->to_string());
}

// Protocols by number: nft looks names up in /etc/protocols, which a bare system does not have.
std::vector<std::string> protocol_texts(const FirewallRule& rule) {
  if (rule.protocol == Protocol::Any) return {""};
  if (rule.protocol == Protocol::Icmp)
    return {fmt::format("meta l4proto {{ {}, {} }} ", int{IPPROTO_ICMP}, int{IPPROTO_ICMPV6})};
  const bool is_tcp = rule.protocol == Protocol::Tcp;
  const std::string_view name = is_tcp ? "tcp" : "udp";
  if (rule.ports.empty()) return {fmt::format("meta l4proto {} ", is_tcp ? int{IPPROTO_TCP} : int{IPPROTO_UDP})};
  std::vector<std::string> all;
  for (const auto& ports : rule.ports) all.push_back(fmt::format("{} dport {}-{} ", name, ports.first, ports.last));
  return all;
}

// Allowed packets go back to our base chain: that of the other end, if it is a client too, looks at them as well.
std::string chain_text(const FirewallRules& rules, Direction direction, const std::string& name) {
  std::string text = fmt::format("  chain {} {{\n    ct state established,related return\n", name);
  for (const FirewallRule& rule : rules) {
    if (rule.direction != direction) continue;
    for (const std::string& protocol : protocol_texts(rule))
      text += fmt::format("    {}{}{}\n", network_text(rule), protocol, rule.allows ? "return" : "counter drop");
  }
  return text + "    counter drop\n  }\n";
}

std::string hook_text(std::string_view hook, const std::vector<std::string>& rules) {
  std::string text = fmt::format("  chain {0} {{\n    type filter hook {0} priority filter; policy accept;\n", hook);
  for (const std::string& rule : rules) text += "    " + rule + "\n";
  return text + "  }\n";
}

}  // namespace

void SessionFirewall::Free::operator()(nft_ctx* context) const { nft_ctx_free(context); }

SessionFirewall::SessionFirewall(const std::string& interface, nft_ctx* context)
    : table_(fmt::format("inet agilevpn-{}-sessions", interface)), interface_(interface), context_(context) {
  nft_ctx_buffer_output(context);
  nft_ctx_buffer_error(context);
}

Result<SessionFirewall, Error> SessionFirewall::open(const std::string& interface) {
  nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (!context) return Failure{Error{"cannot speak to nftables", {}}};
  SessionFirewall firewall{interface, context};
  // Where the kernel has no nftables there is nothing to remove either; whoever has rules hears of it.
  static_cast<void>(firewall.run(fmt::format("table {0} {{}}\ndelete table {0}", firewall.table_)));
  return firewall;
}

SessionFirewall::~SessionFirewall() {
  if (context_ && !chain_of_.empty()) static_cast<void>(run("delete table " + table_));
}

Result<void, Error> SessionFirewall::set(const std::vector<IpPrefix>& ends, const FirewallRules& rules) {
  const auto known = std::ranges::find(chains_, rules, &Entry::rules);
  const unsigned number = rules.empty() ? 0 : known == chains_.end() ? next_number_ : known->number;
  const bool is_new = chain_of_.empty() && number != 0;
  std::string commands;
  if (number == next_number_) commands += chains_text(rules, number);
  for (const IpPrefix& end : ends) {
    if (const auto old = chain_of_.find(end); old != chain_of_.end())
      commands += element_text("delete", end, old->second);
    if (number != 0) commands += element_text("add", end, number);
  }
  if (commands.empty()) return {};
  if (const auto ran = is_new ? run_in_new_table(commands) : run(commands); !ran)
    return Failure{Error{"cannot set the firewall's rules: " + ran.error().what, "see: nft list ruleset"}};
  if (number == next_number_) chains_.push_back({rules, next_number_++, 0});
  for (const IpPrefix& end : ends) note(end, number);
  remove_unused();
  return {};
}

Result<bool, Error> SessionFirewall::restore() {
  if (chain_of_.empty()) return false;
  TRY_ASSIGN(const std::string tables, run("list tables inet"));
  if (tables.find("table " + table_ + "\n") != tables.npos) return false;
  std::string commands;
  for (const Entry& entry : chains_) commands += chains_text(entry.rules, entry.number);
  for (const auto& [end, number] : chain_of_) commands += element_text("add", end, number);
  TRY(run_in_new_table(commands));
  return true;
}

void SessionFirewall::note(const IpPrefix& end, unsigned number) {
  const auto count = [&](unsigned chain) -> std::size_t& {
    return std::ranges::find(chains_, chain, &Entry::number)->ends;
  };
  if (const auto old = chain_of_.extract(end); !old.empty()) --count(old.mapped());
  if (number == 0) return;
  chain_of_.emplace(end, number);
  ++count(number);
}

void SessionFirewall::remove_unused() {
  if (chain_of_.empty()) {
    static_cast<void>(run("delete table " + table_));
    return chains_.clear();
  }
  std::erase_if(chains_, [&](const Entry& entry) {
    if (entry.ends > 0) return false;
    static_cast<void>(run(fmt::format("delete chain {0} g{1}\ndelete chain {0} g{1}-in\n", table_, entry.number)));
    return true;
  });
}

// Two transactions: nftables 1.0.6 finds no map of networks that is made in the same one as its table is removed. As long as
// it is empty the table does nothing.
Result<std::string, Error> SessionFirewall::run_in_new_table(const std::string& commands) {
  TRY(run(table_text()));
  auto ran = run(commands);
  if (!ran) static_cast<void>(run("delete table " + table_));
  return ran;
}

// What it prints.
Result<std::string, Error> SessionFirewall::run(const std::string& commands) {
  const int status = nft_run_cmd_from_buffer(context_.get(), commands.c_str());
  std::string said = nft_ctx_get_output_buffer(context_.get());
  const std::string complaint = nft_ctx_get_error_buffer(context_.get());
  if (status == 0) return said;
  return Failure{Error{complaint.substr(0, complaint.find('\n')), {}}};
}

// A new one, in place of any that is there.
std::string SessionFirewall::table_text() const {
  std::string text = fmt::format("table {0} {{}}\ndelete table {0}\ntable {0} {{\n", table_);
  for (const char* map : {"from4", "to4"}) text += fmt::format("  map {} {{ type ipv4_addr : verdict; }}\n", map);
  for (const char* map : {"from6", "to6"}) text += fmt::format("  map {} {{ type ipv6_addr : verdict; }}\n", map);
  for (const char* map : {"from4n", "to4n"})
    text += fmt::format("  map {} {{ type ipv4_addr : verdict; flags interval; }}\n", map);
  for (const char* map : {"from6n", "to6n"})
    text += fmt::format("  map {} {{ type ipv6_addr : verdict; flags interval; }}\n", map);
  std::vector<std::string> in, out;
  for (const std::string_view map : {"4", "6", "4n", "6n"}) {
    const std::string_view protocol = map.front() == '4' ? "ip" : "ip6";
    in.push_back(fmt::format("iifname \"{}\" {} saddr vmap @from{}", interface_, protocol, map));
    out.push_back(fmt::format("oifname \"{}\" {} daddr vmap @to{}", interface_, protocol, map));
  }
  std::vector<std::string> both = in;
  std::ranges::copy(out, std::back_inserter(both));
  text += hook_text("input", in) + hook_text("output", out) + hook_text("forward", both);
  return text + "}\n";
}

std::string SessionFirewall::chains_text(const FirewallRules& rules, unsigned number) const {
  return fmt::format("table {} {{\n{}{}}}\n", table_, chain_text(rules, Direction::To, fmt::format("g{}", number)),
                     chain_text(rules, Direction::From, fmt::format("g{}-in", number)));
}

std::string SessionFirewall::element_text(std::string_view verb, const IpPrefix& end, unsigned number) const {
  const bool is_host = end.length == end.address.bits();
  return fmt::format("{0} element {1} from{2} {{ {3} : jump g{4} }}\n{0} element {1} to{2} {{ {3} : jump g{4}-in }}\n",
                     verb, table_, kind(end), is_host ? end.address.to_string() : end.to_string(), number);
}

}  // namespace agilevpn::linux
