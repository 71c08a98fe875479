#include "control/config/group_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "control/config/common_keys.h"
#include "control/files/file.h"
#include "store/groups.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

class GroupReader {
 public:
  GroupReader(Section& top, const path& directory, Trust own_ca, const gateway::ConnectionRule& common,
              gateway::Config& config)
      : top_(top), directory_(directory), common_(common), config_(config), cas_{.trust = std::move(own_ca)} {}

  ClientCas read() {
    read_all();
    return std::move(cas_);
  }

 private:
  void read_all();
  void read_cas(Section& clients);
  gateway::ConnectionRule new_rule(std::string name) const;
  void read_group(Section& section, gateway::ConnectionRule rule);
  void read_limits(Section& section, gateway::ConnectionRule& rule);
  void read_firewall(Section& section, gateway::ConnectionRule& rule);
  void read_psk_users(Section& section, std::vector<gateway::PskUser>& out);

  Section& top_;
  const path& directory_;
  const gateway::ConnectionRule& common_;
  gateway::Config& config_;
  ClientCas cas_;
};

void GroupReader::read_all() {
  auto clients = top_.section("clients");
  gateway::ConnectionRule fallback = new_rule(std::string{gateway::default_rule});
  if (clients) read_cas(*clients);
  if (auto groups = top_.section("group")) {
    for (Section& group : groups->sections()) {
      read_group(group, new_rule(group.name().substr(std::string_view("group.").size())));
    }
  }
  if (auto psk = top_.section("psk")) read_psk_users(*psk, fallback.psk_users);
  if (clients) return read_group(*clients, std::move(fallback));
  if (!cas_.trust.anchors.empty()) fallback.certificate = {.purpose = crypto::CertificateRules::Purpose::Client};
  fallback.revocation = ike::Revocation::Soft;
  config_.rules.push_back(std::move(fallback));
}

void GroupReader::read_cas(Section& clients) {
  for (const std::string_view key : {"ca", "crl"}) {
    std::vector<std::string> names;
    clients.read(key, names);
    if (std::ranges::find(names, "system") != names.end()) cas_.has_systems = true;
    for (const std::string& name : names) cas_.files.push_back(resolve(directory_, name));
  }
  std::ranges::move(read_certificates(clients, "ca", directory_), std::back_inserter(cas_.trust.anchors));
  std::ranges::move(read_crls(clients, "crl", directory_), std::back_inserter(cas_.trust.crls));
}

gateway::ConnectionRule GroupReader::new_rule(std::string name) const {
  return {.name = std::move(name),
          .certificate = {},
          .psk_users = {},
          .routes = common_.routes,
          .pools = common_.pools,
          .dns = common_.dns,
          .domains = common_.domains,
          .nbns = common_.nbns};
}

void GroupReader::read_group(Section& section, gateway::ConnectionRule rule) {
  read_prefixes(section, "routes", rule.routes);
  read_addresses(section, "dns", rule.dns);
  section.read("domains", rule.domains);
  read_addresses(section, "wins", rule.nbns);
  read_prefixes(section, "from", rule.from);
  read_limits(section, rule);
  if (auto psk = section.section("psk")) read_psk_users(*psk, rule.psk_users);
  crypto::CertificateRules rules{.purpose = crypto::CertificateRules::Purpose::Client};
  read_rules(section, directory_, rules);
  rule.revocation = read_revocation(section, rules);
  if (!cas_.trust.anchors.empty()) rule.certificate = std::move(rules);
  section.finish();
  config_.rules.push_back(std::move(rule));
}

// What `agilevpn group` has as well.
void GroupReader::read_limits(Section& section, gateway::ConnectionRule& rule) {
  section.read("pools", rule.pools);
  for (const std::string& pool : gateway::lacking_pools(config_, rule.pools))
    section.wrong("pools", fmt::format("there is no pool {}", pool), fmt::format("make it: [pool.{}]", pool));
  const auto parse_method = [](std::string_view name) -> std::optional<std::string> {
    return std::ranges::count(store::login_methods, name) == 0 ? std::nullopt : std::optional{std::string{name}};
  };
  section.read<std::string>("methods", rule.methods, parse_method,
                            fmt::format("a way to log in: {}", fmt::join(store::login_methods, ", ")));
  if (section.has("idle-timeout")) section.read("idle-timeout", rule.idle_timeout.emplace());
  std::uint64_t devices = 0;
  section.read("devices", devices, 1, store::limits::devices_max);
  if (devices > 0) rule.devices_max = static_cast<unsigned>(devices);
  read_firewall(section, rule);
}

void GroupReader::read_firewall(Section& section, gateway::ConnectionRule& rule) {
  std::optional<path> firewall;
  read_path(section, "firewall", directory_, firewall);
  if (!firewall) return;
  const auto text = files::read_text(*firewall);
  if (!text) return section.wrong("firewall", text.error().what, text.error().help);
  auto rules = gateway::parse_firewall(*text);
  if (!rules)
    return section.wrong("firewall", fmt::format("{}, {}", firewall->string(), rules.error().what), rules.error().help);
  rule.firewall = *std::move(rules);
}

// "anna@example.org" = "secret", or = { secret = "..." }, or = { secret-file = "anna.psk" }
void GroupReader::read_psk_users(Section& section, std::vector<gateway::PskUser>& out) {
  for (const Entry* entry : section.entries()) {
    Secret secret;
    if (const auto* text = entry->node.as<std::string>()) {
      secret = Secret(to_bytes(*text));
      section.note_secret(entry->key);
    } else if (!entry->node.as<Node::Table>()) {
      section.wrong(entry->key, fmt::format("is {}, not a key", entry->node.kind()),
                    "write it in quotes, or { secret-file = \"anna.psk\" }");
      continue;
    } else {
      Section user = *section.section(entry->key);
      secret = read_secret(user, "secret", directory_);
      user.finish();
    }
    if (secret.empty()) section.wrong(entry->key, "its pre-shared key is missing or empty");
    out.push_back({ike::wire::Identity::parse(entry->key), std::move(secret)});
  }
}

}  // namespace

ClientCas read_groups(Section& top, const path& directory, Trust own_ca, const gateway::ConnectionRule& common,
                      gateway::Config& config) {
  return GroupReader(top, directory, std::move(own_ca), common, config).read();
}

}  // namespace agilevpn::control::config
