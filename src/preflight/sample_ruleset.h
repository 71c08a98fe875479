// A ruleset as `nft --json list ruleset` prints it, for tests; its table is "inet filter".
#pragma once

#include <fmt/format.h>

#include <string>

namespace agilevpn::preflight {

class SampleRuleset {
 public:
  // `name` is the hook's if none is given.
  SampleRuleset& base_chain(std::string_view hook, std::string_view policy, std::string_view name = {}) {
    return add(fmt::format(
        R"({{"chain": {{"family": "inet", "table": "filter", "name": "{}", "type": "filter", "hook": "{}", "prio": 0, "policy": "{}"}}}})",
        name.empty() ? hook : name, hook, policy));
  }
  SampleRuleset& chain(std::string_view name) {
    return add(fmt::format(R"({{"chain": {{"family": "inet", "table": "filter", "name": "{}"}}}})", name));
  }
  SampleRuleset& set(std::string_view name, std::string_view elements) {
    return add(
        fmt::format(R"({{"set": {{"family": "inet", "table": "filter", "name": "{}", "elem": {}}}}})", name, elements));
  }
  SampleRuleset& rule(std::string_view chain, std::string_view expressions) {
    return add(fmt::format(R"({{"rule": {{"family": "inet", "table": "filter", "chain": "{}", "expr": [{}]}}}})", chain,
                           expressions));
  }

  std::string text() const { return R"({"nftables": [{"metainfo": {"json_schema_version": 1}})" + entries_ + "]}"; }

 private:
  SampleRuleset& add(const std::string& entry) {
    entries_ += ", " + entry;
    return *this;
  }

  std::string entries_;
};

}  // namespace agilevpn::preflight
