#include "preflight/nft_ruleset.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace agilevpn::preflight {

namespace {

using nlohmann::json;

enum class Match : std::uint8_t { Yes, No, Maybe };

Match operator!(Match match) { return match == Match::Maybe ? match : match == Match::Yes ? Match::No : Match::Yes; }
Match match_of(bool matches) { return matches ? Match::Yes : Match::No; }

constexpr int depth_max = 16;  // Of jumps; the kernel's own limit (NFT_JUMP_STACK_SIZE).

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Where a chain ended, and what it might have done where a condition could not be judged.
struct Outcome {
  enum class End : std::uint8_t { FellThrough, Accepted, Dropped } end = End::FellThrough;
  bool may_accept = false, may_drop = false;

  bool is_final() const { return end != End::FellThrough; }
};

// A ruleset while one packet is followed through it.
class Walk {
 public:
  Walk(const json& ruleset, const Probe& probe) : probe_(probe) {
    for (const json& entry : ruleset) {
      if (const auto chain = entry.find("chain"); chain != entry.end()) chains_.push_back(&*chain);
      if (const auto set = entry.find("set"); set != entry.end()) sets_[id_of(*set, "name")] = &*set;
      if (const auto rule = entry.find("rule"); rule != entry.end()) rules_[id_of(*rule, "chain")].push_back(&*rule);
    }
  }

  Fate run() {
    Fate worst;
    for (const json* chain : chains_) {
      if (text_of(*chain, "hook") != probe_.hook || text_of(*chain, "type") != "filter" ||
          !sees(text_of(*chain, "family")))
        continue;
      const auto verdict = verdict_of(*chain);
      if (verdict <= worst.verdict) continue;
      worst = {verdict, text_of(*chain, "family"), text_of(*chain, "table"), text_of(*chain, "name")};
    }
    return worst;
  }

 private:
  static std::string id_of(const json& object, const char* name) {
    return text_of(object, "family") + " " + text_of(object, "table") + " " + text_of(object, name);
  }
  bool sees(const std::string& family) const {
    return family == "inet" || family == (probe_.family == Family::V4 ? "ip" : "ip6");
  }

  Fate::Verdict verdict_of(const json& base_chain) {
    Outcome outcome = walk(base_chain, text_of(base_chain, "name"), 0);
    if (!outcome.is_final())
      outcome.end = text_of(base_chain, "policy") == "drop" ? Outcome::End::Dropped : Outcome::End::Accepted;
    const bool is_accepted = outcome.end == Outcome::End::Accepted;
    if (is_accepted ? outcome.may_drop : outcome.may_accept) return Fate::Verdict::Unclear;
    return is_accepted ? Fate::Verdict::Accepted : Fate::Verdict::Dropped;
  }

  // `owner` tells the table.
  Outcome walk(const json& owner, const std::string& chain, int depth) {
    Outcome outcome;
    if (depth > depth_max) return outcome;
    const auto rules = rules_.find(text_of(owner, "family") + " " + text_of(owner, "table") + " " + chain);
    if (rules == rules_.end()) return outcome;
    for (const json* rule : rules->second) {
      bool returns = false;
      const Outcome done = apply(*rule, depth, returns);
      outcome.may_accept |= done.may_accept;
      outcome.may_drop |= done.may_drop;
      outcome.end = done.end;
      if (outcome.is_final() || returns) break;
    }
    return outcome;
  }

  Outcome apply(const json& rule, int depth, bool& returns) {
    Match match = Match::Yes;
    const auto expressions = rule.find("expr");
    if (expressions == rule.end() || !expressions->is_array()) return {};
    for (const json& expression : *expressions) {
      if (!expression.is_object() || expression.empty()) continue;
      const auto first = expression.begin();
      const std::string& kind = first.key();
      const auto& value = first.value();
      if (is_statement(kind)) continue;
      if (kind == "match" || kind == "limit" || kind == "xt") {
        const Match found = kind == "match" ? judge(rule, value) : Match::Maybe;
        if (found == Match::No) return {};
        if (found == Match::Maybe) match = found;
        continue;
      }
      const json verdict = kind == "vmap" ? choose(rule, value) : expression;
      if (verdict.is_null()) continue;  // No element fits: the next expression.
      return carry_out(rule, verdict, match, depth, returns);
    }
    return {};
  }

  // What changes no packet's way.
  static bool is_statement(const std::string& kind) {
    constexpr std::array statements = {"counter", "log",       "comment", "mangle", "meter",
                                       "set",     "ct helper", "notrack", "flow",   "quota"};
    return std::ranges::find(statements, kind) != statements.end();
  }

  Outcome carry_out(const json& rule, const json& verdict, Match match, int depth, bool& returns) {
    const auto first = verdict.begin();
    const std::string& kind = first.key();
    const auto& value = first.value();
    Outcome outcome;
    if (kind == "accept") outcome.end = Outcome::End::Accepted;
    if (kind == "drop" || kind == "reject") outcome.end = Outcome::End::Dropped;
    if (kind == "jump" || kind == "goto") outcome = walk(rule, text_of(value, "target"), depth + 1);
    if (kind == "unknown") outcome = {.may_accept = true, .may_drop = true};
    returns = match == Match::Yes && (kind == "return" || kind == "goto");
    if (match == Match::Yes) return outcome;
    outcome.may_accept |= outcome.end == Outcome::End::Accepted;
    outcome.may_drop |= outcome.end == Outcome::End::Dropped;
    outcome.end = Outcome::End::FellThrough;
    return outcome;
  }

  // The verdict of a map's first element that fits; null if none does.
  json choose(const json& rule, const json& map) {
    const auto data = map.find("data");
    if (data == map.end() || !data->is_object() || !data->contains("set")) return {{"unknown", nullptr}};
    for (const json& element : data->at("set")) {
      if (!element.is_array() || element.size() != 2) return {{"unknown", nullptr}};
      const Match found = compare(rule, map.value("key", json{}), element[0]);
      if (found == Match::Maybe) return {{"unknown", nullptr}};
      if (found == Match::Yes) return element[1];
    }
    return nullptr;
  }

  Match judge(const json& rule, const json& match) {
    const auto op = text_of(match, "op");
    const Match found = compare(rule, match.value("left", json{}), match.value("right", json{}));
    if (op == "==" || op == "in") return found;
    return op == "!=" ? !found : Match::Maybe;
  }

  Match compare(const json& rule, const json& left, const json& right) {
    if (const auto meta = left.find("meta"); meta != left.end())
      return compare_meta(rule, text_of(*meta, "key"), right);
    if (const auto payload = left.find("payload"); payload != left.end()) return compare_payload(rule, *payload, right);
    const auto ct = left.find("ct");
    if (ct != left.end() && text_of(*ct, "key") == "state") return contains(rule, right, "new");
    return Match::Maybe;
  }

  Match compare_meta(const json& rule, const std::string& key, const json& right) {
    if (key == "l4proto") return probe_.udp_port ? contains(rule, right, "udp", 17) : Match::Maybe;
    if (key == "nfproto") return contains(rule, right, probe_.family == Family::V4 ? "ipv4" : "ipv6");
    if (key == "iifname" || key == "iif") return compare_interface(rule, right);
    return Match::Maybe;
  }

  Match compare_interface(const json& rule, const json& right) {
    if (!probe_.interface.empty()) return contains(rule, right, probe_.interface);
    // Which card it is nobody knows, but the loopback it is not.
    return right.is_string() && right.get<std::string>() == "lo" ? Match::No : Match::Maybe;
  }

  Match compare_payload(const json& rule, const json& payload, const json& right) {
    const auto protocol = text_of(payload, "protocol"), field = text_of(payload, "field");
    const bool is_transport = protocol == "tcp" || protocol == "udp" || protocol == "th" || protocol == "icmp" ||
                              protocol == "icmpv6" || protocol == "sctp";
    if (is_transport && !probe_.udp_port) return Match::Maybe;
    if (field == "dport" && (protocol == "udp" || protocol == "th")) return contains(rule, right, "", *probe_.udp_port);
    if (is_transport) return protocol == "udp" || protocol == "th" ? Match::Maybe : Match::No;
    if ((protocol == "ip" && probe_.family != Family::V4) || (protocol == "ip6" && probe_.family != Family::V6))
      return Match::No;
    if (field == "protocol" || field == "nexthdr")
      return probe_.udp_port ? contains(rule, right, "udp", 17) : Match::Maybe;
    return Match::Maybe;
  }

  // Whether a value, list, range, set or the name of a set holds this word or number.
  Match contains(const json& rule, const json& right, const std::string& word, std::optional<unsigned> number = {}) {
    if (right.is_string()) {
      const auto text = right.get<std::string>();
      if (text.starts_with('@')) return contains_named(rule, text.substr(1), word, number);
      if (text.ends_with('*')) return match_of(word.starts_with(text.substr(0, text.size() - 1)));
      return match_of(text == word);
    }
    if (right.is_number_integer()) return match_of(number && right.get<std::int64_t>() == *number);
    if (right.is_array()) return any_of(rule, right, word, number);
    if (!right.is_object()) return Match::Maybe;
    if (const auto set = right.find("set"); set != right.end()) return any_of(rule, *set, word, number);
    if (const auto element = right.find("elem"); element != right.end() && element->is_object())
      return contains(rule, element->value("val", json{}), word, number);
    const auto range = right.find("range");
    if (range == right.end() || !number || range->size() != 2 || !range->at(0).is_number() || !range->at(1).is_number())
      return Match::Maybe;
    return match_of(range->at(0).get<unsigned>() <= *number && *number <= range->at(1).get<unsigned>());
  }

  Match contains_named(const json& rule, const std::string& name, const std::string& word,
                       std::optional<unsigned> number) {
    const auto set = sets_.find(text_of(rule, "family") + " " + text_of(rule, "table") + " " + name);
    if (set == sets_.end()) return Match::Maybe;
    return set->second->contains("elem") ? any_of(rule, set->second->at("elem"), word, number) : Match::No;
  }

  Match any_of(const json& rule, const json& list, const std::string& word, std::optional<unsigned> number) {
    if (!list.is_array()) return contains(rule, list, word, number);
    Match out = Match::No;
    for (const json& item : list) {
      const Match found = contains(rule, item, word, number);
      if (found == Match::Yes) return found;
      if (found == Match::Maybe) out = found;
    }
    return out;
  }

  const Probe& probe_;
  std::vector<const json*> chains_;
  std::map<std::string, const json*> sets_;                // By family, table and name.
  std::map<std::string, std::vector<const json*>> rules_;  // By family, table and chain.
};

}  // namespace

Result<Fate, Error> follow(std::string_view ruleset_json, const Probe& probe) {
  const json document = json::parse(ruleset_json, nullptr, false);
  if (document.is_discarded() || !document.is_object() || !document.contains("nftables"))
    return Failure{Error{"nft's list of rules could not be read", {}}};
  return Walk(document.at("nftables"), probe).run();
}

}  // namespace agilevpn::preflight
