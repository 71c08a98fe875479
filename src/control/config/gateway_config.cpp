#include "control/config/gateway_config.h"

#include <algorithm>

#include "control/config/common_keys.h"
#include "control/config/document.h"
#include "control/config/gateway_certificate.h"
#include "control/config/group_keys.h"
#include "control/config/pool_keys.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

// A ticket's key is kept for two days, so that no ticket outlives it.
std::optional<Duration> parse_ticket_lifetime(std::string_view text) {
  const auto lifetime = text == "0" ? Duration{0} : parse_duration(text);
  const bool is_possible = lifetime && (*lifetime == Duration{0} || (*lifetime >= 1min && *lifetime <= 24h));
  return is_possible ? lifetime : std::nullopt;
}

// gateway.toml while it is read.
class GatewayReader {
 public:
  GatewayReader(const path& file, const Document& document)
      : mistakes_(document.sources),
        directory_(file.parent_path()),
        top_(*document.root.as<Node::Table>(), 1, "", mistakes_) {}

  Result<GatewayConfig, std::vector<Mistake>> read();

 private:
  void read_top();
  void read_gateway_settings(Section& section);
  void read_users();
  void check_whole();
  void check_who_may_log_in();

  Mistakes mistakes_;
  path directory_;
  Section top_;
  gateway::Config config_;
  HostOptions host_;
  RadiusHost radius_;
  ClientCas cas_;
  gateway::ConnectionRule common_;  // Routes, pools and DNS that every group starts from.
};

Result<GatewayConfig, std::vector<Mistake>> GatewayReader::read() {
  read_top();
  GatewayCertificate own = read_gateway_certificate(top_, directory_, host_.state_directory / "pki", config_.name);
  config_.certificate = std::move(own.auth);
  std::vector<IpPrefix> inner_addresses;
  if (auto section = top_.section("pool")) inner_addresses = read_pools(*section, config_, common_);
  read_users();
  if (auto section = top_.section("radius")) read_radius(*section, directory_, config_, radius_);
  cas_ = read_groups(top_, directory_, std::move(own.own_ca), common_, config_);
  top_.finish();
  check_whole();
  if (!mistakes_.empty()) return Failure{std::move(mistakes_).take()};
  std::ranges::move(cas_.files, std::back_inserter(own.files));
  crypto::Verifier verifier(cas_.trust.anchors, cas_.trust.crls);
  return GatewayConfig{std::move(config_),
                       ike::Credentials(std::move(verifier), std::move(own.keys)),
                       std::move(host_),
                       std::move(radius_),
                       std::move(inner_addresses),
                       std::move(cas_.trust),
                       std::move(own.files),
                       std::move(own.token),
                       std::move(mistakes_).take_warnings()};
}

void GatewayReader::read_top() {
  top_.read<std::string>("name", config_.name, parse_host);
  config_.identity = ike::wire::Identity::parse(config_.name);
  read_host(top_, directory_, host_);
  read_interface(top_, host_.interface);
  read_addresses(top_, "listen", host_.listen);
  top_.read("masquerade", host_.masquerades);
  read_prefixes(top_, "routes", common_.routes);
  read_policy(top_, config_.policy);

  if (auto settings = top_.section("settings")) read_gateway_settings(*settings);
}

void GatewayReader::read_gateway_settings(Section& section) {
  read_settings(section, config_.settings);
  section.read("idle-timeout", config_.idle_timeout);
  section.read<Duration>("ticket-lifetime", config_.settings.ticket_lifetime, parse_ticket_lifetime,
                         "a duration of a minute to a day such as 12h, or never");
  section.read("outage", config_.outage_time, 1s);
  std::uint64_t window = host_.replay_window;
  section.read("replay-window", window, 32, 1 << 20);
  host_.replay_window = static_cast<std::uint32_t>(window);
  bool is_unique = false;
  section.read("one-session-per-identity", is_unique);
  if (is_unique) config_.uniqueness = gateway::Uniqueness::Replace;
  section.finish();
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

void GatewayReader::check_whole() {
  if (!mistakes_.empty()) return;  // These would only follow from the others.
  if (top_.has("radius") && top_.has("users"))
    top_.wrong("radius", "there is [users] too, and only one of the two can decide; keep one of them");
  if (config_.name.empty()) top_.wrong("name", "is missing", "the name or address that clients reach this gateway by");
  if (config_.pools.empty())
    top_.wrong("pool", "no addresses for clients", "for example ipv4 = \"10.66.0.0/24\" under [pool]");
  check_who_may_log_in();
}

void GatewayReader::check_who_may_log_in() {
  const bool has_psk = std::ranges::any_of(config_.rules, [](const auto& rule) { return !rule.psk_users.empty(); });
  const bool has_users = !config_.eap_methods.empty() || !config_.radius.empty();
  const bool has_cas = !cas_.trust.anchors.empty();
  const auto takes_anybody = [](const auto& rule) {
    return rule.certificate && rule.certificate->issued_by.empty() && rule.certificate->subject_fields.empty();
  };
  if (cas_.has_systems && std::ranges::any_of(config_.rules, takes_anybody))
    top_.wrong("clients", "every customer of every public CA could log in",
               "name your own CA's file in ca, or add issued-by or require to each group");
  if (!has_cas && !has_psk && !has_users)
    top_.wrong("clients", "nobody could log in",
               "give [certificate] own-ca = true, [clients] ca = \"...\", [users], or a [psk]");
  if (has_users && !config_.certificate && !(config_.eap_only && top_.has("radius")))
    top_.wrong(config_.radius.empty() ? "users" : "radius",
               "users with passwords must be shown first whom they talk to, and there is no certificate",
               "add [certificate]");
  if (has_cas && !config_.certificate)
    top_.wrong("certificate", "clients with certificates ask for the gateway's, and there is none",
               "add [certificate]");
}

}  // namespace

Result<GatewayConfig, std::vector<Error>> load_gateway(const path& file) { return in_words(read_gateway(file)); }

Result<GatewayConfig, std::vector<Mistake>> read_gateway(const path& file) {
  const auto document = load_document(file, "make one: agilevpn setup NAME");
  if (!document) return Failure{std::vector{document.error()}};
  return GatewayReader(file, *document).read();
}

}  // namespace agilevpn::control::config
