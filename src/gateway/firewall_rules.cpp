#include "gateway/firewall_rules.h"

#include <fmt/format.h>

#include <charconv>

#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

using Protocol = FirewallRule::Protocol;

constexpr std::string_view form = "as in: allow to 10.20.0.0/16 tcp 80,443";

std::string_view take(std::string_view& text, std::string_view separators) {
  const auto first = std::min(text.find_first_not_of(separators), text.size());
  text.remove_prefix(first);
  const auto size = std::min(text.find_first_of(separators), text.size());
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

std::vector<std::string_view> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  while (true) {
    const auto word = take(line, " \t\r");
    if (word.empty()) return words;
    words.push_back(word);
  }
}

Failure<std::string> wrong(std::string_view word, std::string_view what) {
  return Failure{fmt::format("'{}' is no {}", word.substr(0, 100), what)};
}

Result<std::uint16_t, std::string> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return wrong(text, "port");
  return port;
}

Result<std::vector<FirewallRule::Ports>, std::string> parse_ports(std::string_view text) {
  std::vector<FirewallRule::Ports> all;
  if (text.empty() || text.ends_with(',')) return wrong(text, "list of ports");
  while (!text.empty()) {
    const auto one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto dash = one.find('-');
    TRY_ASSIGN(const auto first, parse_port(one.substr(0, dash)));
    TRY_ASSIGN(const auto last, parse_port(dash == one.npos ? one : one.substr(dash + 1)));
    if (last < first) return wrong(one, "range of ports");
    all.push_back({first, last});
  }
  if (all.size() > limits::firewall_ports_max)
    return Failure{fmt::format("a rule names at most {} ports", limits::firewall_ports_max)};
  return all;
}

Result<Protocol, std::string> parse_protocol(std::string_view word) {
  if (word == "any") return Protocol::Any;
  if (word == "tcp") return Protocol::Tcp;
  if (word == "udp") return Protocol::Udp;
  if (word == "icmp") return Protocol::Icmp;
  return wrong(word, "protocol: tcp, udp, icmp or any");
}

Result<FirewallRule, std::string> parse_rule(const std::vector<std::string_view>& words) {
  FirewallRule rule;
  if (words.size() < 3 || words.size() > 5) return Failure{std::string{"a rule has three to five words"}};
  if (words[0] != "allow" && words[0] != "deny") return wrong(words[0], "allow or deny");
  rule.allows = words[0] == "allow";
  if (words[1] != "to" && words[1] != "from") return wrong(words[1], "to or from");
  rule.direction = words[1] == "to" ? FirewallRule::Direction::To : FirewallRule::Direction::From;
  if (words[2] != "any") {
    const auto address = IpAddress::parse(words[2]);
    rule.network = address ? IpPrefix{*address, static_cast<std::uint8_t>(address->bits())} : IpPrefix::parse(words[2]);
    if (!rule.network) return wrong(words[2], "network or address");
  }
  if (words.size() > 3) {
    TRY_ASSIGN(rule.protocol, parse_protocol(words[3]));
  }
  if (words.size() == 5) {
    if (rule.protocol != Protocol::Tcp && rule.protocol != Protocol::Udp)
      return Failure{std::string{"only tcp and udp have ports"}};
    TRY_ASSIGN(rule.ports, parse_ports(words[4]));
  }
  return rule;
}

}  // namespace

Result<FirewallRules, Error> parse_firewall(std::string_view text) {
  FirewallRules rules;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto words = words_of(line);
    if (words.empty()) continue;
    auto rule = parse_rule(words);
    if (!rule) return Failure{Error{fmt::format("line {}: {}", number, rule.error()), std::string{form}}};
    rules.push_back(*std::move(rule));
    if (rules.size() > limits::firewall_rules_max)
      return Failure{
          Error{fmt::format("line {}: a group has at most {} rules", number, limits::firewall_rules_max), {}}};
  }
  return rules;
}

}  // namespace agilevpn::gateway
