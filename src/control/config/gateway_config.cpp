#include "control/config/gateway_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/config/common_keys.h"
#include "control/config/credential_files.h"
#include "control/config/document.h"
#include "control/config/radius_keys.h"
#include "control/files/file.h"
#include "control/files/pki_store.h"
#include "store/groups.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

// gateway.toml while it is read.
// Its key is kept for two days, so that no ticket outlives it.
std::optional<Duration> parse_ticket_lifetime(std::string_view text) {
  const auto lifetime = text == "0" ? Duration{0} : parse_duration(text);
  const bool is_possible = lifetime && (*lifetime == Duration{0} || (*lifetime >= 1min && *lifetime <= 24h));
  return is_possible ? lifetime : std::nullopt;
}

class GatewayReader {
 public:
  GatewayReader(const path& file, const Document& document)
      : mistakes_(document.sources), directory_(file.parent_path()),
        top_(*document.root.as<Node::Table>(), 1, "", mistakes_) {}

  Result<GatewayConfig, std::vector<Mistake>> read() {
    read_top();
    read_certificate();
    check_name();
    read_pool();
    read_users();
    if (auto section = top_.section("radius")) read_radius(*section, directory_, config_, radius_);
    read_groups();
    top_.finish();
    check_whole();
    if (!mistakes_.empty()) return Failure{std::move(mistakes_).take()};
    Trust trust{anchors_, crls_};
    return GatewayConfig{std::move(config_), ike::Credentials(crypto::Verifier(std::move(anchors_), std::move(crls_)), std::move(keys_)),
                         std::move(host_), std::move(radius_), std::move(inner_addresses_), std::move(trust), std::move(files_), std::move(token_),
                         std::move(mistakes_).take_warnings()};
  }

 private:
  void read_top();
  void read_certificate();
  void check_name();
  void use_certificate(Section& section, std::string_view key, const path& file, const std::optional<path>& key_file,
                       const Secret& password);
  void use_token(Section& section);
  void use_token_key(Section& section, const path& file);
  void read_pool();
  void add_pool(Section& section, std::string_view key, Family family, const std::string& name);
  void read_more_pools(Section& section);
  void read_limits(Section& section, gateway::ConnectionRule& rule);
  void read_users();
  void read_groups();
  gateway::ConnectionRule new_rule(std::string name) const;
  void read_group(Section& section, gateway::ConnectionRule rule);
  void read_psk_users(Section& section, std::vector<gateway::PskUser>& out);
  void check_whole();

  Mistakes mistakes_;
  path directory_;
  Section top_;
  gateway::Config config_;
  HostOptions host_;
  std::vector<crypto::Certificate> anchors_;
  std::vector<crypto::Crl> crls_;
  std::map<std::string, crypto::PrivateKey> keys_;
  RadiusHost radius_;
  std::vector<IpPrefix> inner_addresses_;
  std::optional<TokenLogin> token_;
  std::vector<path> files_;
  bool trusts_system_ = false;  // As issuers of clients' certificates.
  gateway::ConnectionRule common_;  // Routes, pools and DNS that every group starts from.
};

void GatewayReader::read_top() {
  top_.read<std::string>("name", config_.name, parse_host);
  config_.identity = ike::wire::Identity::parse(config_.name);
  read_host(top_, directory_, host_);
  read_interface(top_, host_.interface);
  read_addresses(top_, "listen", host_.listen);
  top_.read("masquerade", host_.masquerades);
  read_prefixes(top_, "routes", common_.routes);
  read_policy(top_, config_.policy);

  auto settings = top_.section("settings");
  if (!settings) return;
  read_settings(*settings, config_.settings);
  settings->read("idle-timeout", config_.idle_timeout);
  settings->read<Duration>("ticket-lifetime", config_.settings.ticket_lifetime, parse_ticket_lifetime, "a duration of a minute to a day such as 12h, or never");
  settings->read("outage", config_.outage_time, 1s);
  std::uint64_t window = host_.replay_window;
  settings->read("replay-window", window, 32, 1 << 20);
  host_.replay_window = static_cast<std::uint32_t>(window);
  bool is_unique = false;
  settings->read("one-session-per-identity", is_unique);
  if (is_unique) config_.uniqueness = gateway::Uniqueness::Replace;
  settings->finish();
}

void GatewayReader::read_certificate() {
  auto section = top_.section("certificate");
  if (!section) return;
  if (names_token(*section, "file")) return use_token(*section);
  bool own_ca = false;
  std::optional<path> file, key;
  section->read("own-ca", own_ca);
  read_path(*section, "file", directory_, file);
  if (file && names_token(*section, "key")) return use_token_key(*section, *file);
  read_path(*section, "key", directory_, key);
  const Secret password = read_secret(*section, "password", directory_);
  section->finish();

  if (own_ca && file) section->wrong("own-ca", "there is 'file' too; keep one of them");
  if (file) return use_certificate(*section, "file", *file, key, password);
  if (!own_ca && section->is_misread()) return;
  if (!own_ca) return section->wrong("file", "neither 'file' nor 'own-ca = true' is there");
  const path pki = host_.state_directory / "pki";
  files_.insert(files_.end(), {files::PkiStore::ca_file(pki), files::PkiStore::crl_file(pki)});
  if (auto ca = load_certificates(files::PkiStore::ca_file(pki))) {
    std::ranges::move(*ca, std::back_inserter(anchors_));
  } else {
    const std::string help = ca.error().help.empty() ? fmt::format("make it: agilevpn setup {}", config_.name) : ca.error().help;
    return section->wrong("own-ca", ca.error().what, help);
  }
  if (auto crls = load_crls(files::PkiStore::crl_file(pki))) std::ranges::move(*crls, std::back_inserter(crls_));
  use_certificate(*section, "own-ca", files::PkiStore::issued_file(pki, config_.name, ".pem"),
                  files::PkiStore::issued_file(pki, config_.name, ".key"), {});
}

void GatewayReader::use_certificate(Section& section, std::string_view key, const path& file, const std::optional<path>& key_file,
                                    const Secret& password) {
  files_.push_back(file);
  if (key_file) files_.push_back(*key_file);
  note_key(section, key, file, key_file);
  auto own = load_own_certificate(file, key_file, password);
  if (!own) return section.wrong(key, own.error().what, own.error().help);
  if (!crypto::fits_purpose(own->certificate, crypto::CertificateRules::Purpose::Gateway))
    return section.wrong(key, own->certificate.subject() + " is a client's certificate, and no client would take it for a gateway's",
                         fmt::format("agilevpn pki issue {} --gateway", config_.name));
  config_.certificate = own->auth("gateway");
  keys_.emplace("gateway", std::move(own->key));
}

// Clients compare the name that they were given with the certificate's; one that was told another may be content.
void GatewayReader::check_name() {
  if (!config_.certificate) return;
  const auto leaf = crypto::Certificate::from_der(config_.certificate->chain.front());
  const auto name = ike::certificate_name(config_.identity);
  if (!leaf || !name || crypto::carries_name(*leaf, *name)) return;
  std::vector<std::string> names;
  for (const crypto::CertificateName& one : leaf->names()) names.push_back(one.to_string());
  top_.warn("name", fmt::format("the certificate is not for {} but for {}: clients refuse it, Windows with error 13801", config_.name, fmt::join(names, ", ")),
            fmt::format("take the certificate's name, or issue another one: agilevpn pki issue {} --gateway", config_.name));
}

// Certificate and key are on a token.
void GatewayReader::use_token(Section& section) {
  auto key = read_token_key(section, "file", directory_);
  section.finish();
  if (!key) return;
  auto found = linux::Tokens{}.certificate(key->uri, key->pin);
  if (!found) return section.wrong("file", found.error().error.what, found.error().error.help);
  auto own = token_credentials(*std::move(key), *found, "gateway");
  config_.certificate = std::move(own.auth);
  token_ = std::move(own.login);
}

void GatewayReader::use_token_key(Section& section, const path& file) {
  auto key = read_token_key(section, "key", directory_);
  section.finish();
  if (!key) return;
  files_.push_back(file);
  auto own = load_token_credentials(file, *std::move(key), "gateway");
  if (!own) return section.wrong("file", own.error().what, own.error().help);
  config_.certificate = std::move(own->auth);
  token_ = std::move(own->login);
}

void GatewayReader::read_pool() {
  auto section = top_.section("pool");
  if (!section) return;
  add_pool(*section, "ipv4", Family::V4, "ipv4");
  add_pool(*section, "ipv6", Family::V6, "ipv6");
  for (const gateway::PoolConfig& pool : config_.pools) common_.pools.push_back(pool.name);
  read_addresses(*section, "dns", common_.dns);
  section->read("domains", common_.domains);
  read_addresses(*section, "wins", common_.nbns);
  read_more_pools(*section);
  section->finish();
}

// [pool.NAME], for the groups that name it.
void GatewayReader::read_more_pools(Section& section) {
  for (Section& pool : section.more_sections()) {
    const std::string name = pool.name().substr(std::string_view("pool.").size());
    add_pool(pool, "ipv4", Family::V4, name);
    add_pool(pool, "ipv6", Family::V6, name);
    pool.finish();
  }
}

void GatewayReader::add_pool(Section& section, std::string_view key, Family family, const std::string& name) {
  const bool is_v4 = family == Family::V4;
  IpPrefix prefix;
  const auto parse = [&](std::string_view text) -> Result<IpPrefix, std::string> {
    const auto parsed = IpPrefix::parse(text);
    const bool is_wide = parsed && parsed->length <= parsed->address.bits() - 2;  // Room for the gateway and somebody else.
    if (is_wide && parsed->address.family() == family) return parse_network(text);
    return Failure{fmt::format("is not an {} prefix with room for clients, such as {}", is_v4 ? "IPv4" : "IPv6", is_v4 ? "10.66.0.0/24" : "fd66::/64")};
  };
  if (!section.has(key)) return static_cast<void>(section.section(key));
  section.read<IpPrefix>(key, prefix, parse);
  if (prefix == IpPrefix{}) return;
  const IpAddress own = *prefix.first().plus(1);
  const auto other = std::ranges::find_if(config_.pools, [&](const gateway::PoolConfig& pool) {
    return pool.prefix.overlaps(prefix);
  });
  if (other != config_.pools.end())
    return section.wrong(key, fmt::format("{} is also in pool {}", prefix.to_string(), other->name), "an address can have one owner only");
  inner_addresses_.push_back({own, prefix.length});
  config_.pools.push_back({name, prefix, {own}});
}

// Who is kept with `agilevpn user`, and logs in by EAP.
void GatewayReader::read_users() {
  auto section = top_.section("users");
  if (!section) return;
  config_.eap_methods = {eap::Type::MsChapV2};
  read_methods(*section, config_.eap_methods);
  config_.eap_only = read_eap_only(*section, std::ranges::any_of(config_.eap_methods, eap::may_stand_alone));
  bool takes_mschap = true;
  section->read("mschapv2", takes_mschap);
  if (!takes_mschap) std::erase(config_.eap_methods, eap::Type::MsChapV2);
  // A password that comes in clear is compared with an NT hash, too.
  const auto may_use_it = [](eap::Type type) { return type != eap::Type::Tls; };
  if (takes_mschap && std::ranges::any_of(config_.eap_methods, may_use_it)) config_.mschap = load_mschap(*section);
  section->finish();
}

// Groups in the order of the file, then "default", which everyone else is in. Without being written it is there, with the
// routes of the top, [clients] and [psk].
void GatewayReader::read_groups() {
  auto clients = top_.section("clients");
  gateway::ConnectionRule fallback = new_rule(std::string{gateway::default_rule});
  if (clients) {
    for (const std::string_view key : {"ca", "crl"}) {
      std::vector<std::string> names;
      clients->read(key, names);
      if (std::ranges::find(names, "system") != names.end()) trusts_system_ = true;
      for (const std::string& name : names) files_.push_back(resolve(directory_, name));
    }
    std::ranges::move(read_certificates(*clients, "ca", directory_), std::back_inserter(anchors_));
    std::ranges::move(read_crls(*clients, "crl", directory_), std::back_inserter(crls_));
  }
  if (auto groups = top_.section("group")) {
    for (Section& group : groups->sections()) {
      read_group(group, new_rule(group.name().substr(std::string_view("group.").size())));
    }
  }
  if (auto psk = top_.section("psk")) read_psk_users(*psk, fallback.psk_users);
  if (clients) return read_group(*clients, std::move(fallback));
  if (!anchors_.empty()) fallback.certificate = {.purpose = crypto::CertificateRules::Purpose::Client};
  fallback.revocation = ike::Revocation::Soft;
  config_.rules.push_back(std::move(fallback));
}

gateway::ConnectionRule GatewayReader::new_rule(std::string name) const {
  return {.name = std::move(name), .certificate = {}, .psk_users = {}, .routes = common_.routes, .pools = common_.pools,
          .dns = common_.dns, .domains = common_.domains, .nbns = common_.nbns};
}

void GatewayReader::read_group(Section& section, gateway::ConnectionRule rule) {
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
  if (!anchors_.empty()) rule.certificate = std::move(rules);
  section.finish();
  config_.rules.push_back(std::move(rule));
}

// What `agilevpn group` has as well.
void GatewayReader::read_limits(Section& section, gateway::ConnectionRule& rule) {
  section.read("pools", rule.pools);
  for (const std::string& pool : rule.pools)
    if (std::ranges::count(config_.pools, pool, &gateway::PoolConfig::name) == 0)
      section.wrong("pools", fmt::format("there is no pool {}", pool), fmt::format("make it: [pool.{}]", pool));
  const auto parse_method = [](std::string_view name) -> std::optional<std::string> {
    return std::ranges::count(store::login_methods, name) == 0 ? std::nullopt : std::optional{std::string{name}};
  };
  section.read<std::string>("methods", rule.methods, parse_method, fmt::format("a way to log in: {}", fmt::join(store::login_methods, ", ")));
  if (section.has("idle-timeout")) section.read("idle-timeout", rule.idle_timeout.emplace());
  std::uint64_t devices = 0;
  section.read("devices", devices, 1, store::limits::devices_max);
  if (devices > 0) rule.devices_max = static_cast<unsigned>(devices);
  std::optional<path> firewall;
  read_path(section, "firewall", directory_, firewall);
  if (!firewall) return;
  const auto text = files::read_text(*firewall);
  if (!text) return section.wrong("firewall", text.error().what, text.error().help);
  auto rules = gateway::parse_firewall(*text);
  if (!rules) return section.wrong("firewall", fmt::format("{}, {}", firewall->string(), rules.error().what), rules.error().help);
  rule.firewall = *std::move(rules);
}

// "anna@example.org" = "secret", or = { secret = "..." }, or = { secret-file = "anna.psk" }
void GatewayReader::read_psk_users(Section& section, std::vector<gateway::PskUser>& out) {
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

void GatewayReader::check_whole() {
  if (!mistakes_.empty()) return;  // These would only follow from the others.
  if (top_.has("radius") && top_.has("users")) {
    top_.wrong("radius", "there is [users] too, and only one of the two can decide; keep one of them");
  }
  if (config_.name.empty()) top_.wrong("name", "is missing", "the name or address that clients reach this gateway by");
  if (config_.pools.empty()) top_.wrong("pool", "no addresses for clients", "for example ipv4 = \"10.66.0.0/24\" under [pool]");
  const bool has_psk = std::ranges::any_of(config_.rules, [](const auto& rule) { return !rule.psk_users.empty(); });
  const bool has_users = !config_.eap_methods.empty() || !config_.radius.empty();
  const auto takes_anybody = [](const auto& rule) {
    return rule.certificate && rule.certificate->issued_by.empty() && rule.certificate->subject_fields.empty();
  };
  if (trusts_system_ && std::ranges::any_of(config_.rules, takes_anybody)) {
    top_.wrong("clients", "every customer of every public CA could log in", "name your own CA's file in ca, or add issued-by or require to each group");
  }
  if (anchors_.empty() && !has_psk && !has_users) {
    top_.wrong("clients", "nobody could log in", "give [certificate] own-ca = true, [clients] ca = \"...\", [users], or a [psk]");
  }
  if (has_users && !config_.certificate && !(config_.eap_only && top_.has("radius"))) {
    top_.wrong(config_.radius.empty() ? "users" : "radius", "users with passwords must be shown first whom they talk to, and there is no certificate", "add [certificate]");
  }
  if (!anchors_.empty() && !config_.certificate) {
    top_.wrong("certificate", "clients with certificates ask for the gateway's, and there is none", "add [certificate]");
  }
}

}  // namespace

Result<GatewayConfig, std::vector<Error>> load_gateway(const path& file) { return in_words(read_gateway(file)); }

Result<GatewayConfig, std::vector<Mistake>> read_gateway(const path& file) {
  const auto document = load_document(file, "make one: agilevpn setup NAME");
  if (!document) return Failure{std::vector{document.error()}};
  return GatewayReader(file, *document).read();
}

}  // namespace agilevpn::control::config
