#include "tests/diagnosis/planted.h"

namespace agilevpn::roles {

namespace {

client::Profile copy_of(const client::Profile& profile) {
  client::Profile copy{
      .name = profile.name, .gateway = profile.gateway, .local = profile.local, .auth = ike::copy_of(profile.auth)};
  copy.remote = profile.remote;
  copy.policy = profile.policy;
  copy.routes = profile.routes;
  return copy;
}

gateway::Config copy_of(const gateway::Config& config) {
  gateway::Config copy{.name = config.name, .identity = config.identity, .certificate = config.certificate};
  copy.rules = config.rules;
  copy.policy = config.policy;
  copy.pools = config.pools;
  copy.eap_methods = config.eap_methods;
  copy.radius_checks_passwords = config.radius_checks_passwords;
  return copy;
}

}  // namespace

std::shared_ptr<const crypto::MsChap> mschap() {
  static const auto loaded = std::make_shared<const crypto::MsChap>(*crypto::MsChap::load());
  return loaded;
}

Planted::Planted() {
  config.certificate = gateway_holder.auth();
  profile.auth = client_holder.auth();
}

void Planted::TearDown() {
  if (!attempts.last() || !client_attempts.last()) return;
  EXPECT_EQ(attempts.last()->step(), client_attempts.last()->step());
}

void Planted::run(Duration run_for) { run(pki.trust(client_holder), pki.trust(gateway_holder), run_for); }

void Planted::run(ike::Credentials of_client, ike::Credentials of_gateway, Duration run_for) {
  if (!asked) start_gateway(std::move(of_gateway));
  start_client(std::move(of_client));
  w.world.run_for(run_for);
}

void Planted::start_gateway(ike::Credentials credentials) {
  asked = copy_of(config);
  w.start_gateway(std::move(config), std::move(credentials));
  const auto clock = [this] {
    return calendar_of_gateway + std::chrono::floor<WallTime::duration>(w.world.now().time_since_epoch());
  };
  w.gateway([&](gateway::Gateway& gateway, Instant now) { gateway.handle_wall_time(now, clock()); });
  w.gateway_->users = users;
  w.gateway_->keep = keep;
  if (users) w.gateway_->authorize = authorize;
  w.gateway_->on_event = [this, clock](const gateway::Event& event) { attempts.handle_event(clock(), event); };
  gate = std::make_unique<Gate>(w.gateway_host, *w.gateway_);
}

void Planted::start_client(ike::Credentials credentials) {
  connected = copy_of(profile);
  client = std::make_unique<sim::ClientHost>(
      w.client_host,
      std::make_unique<client::Connection>(std::move(profile), std::move(credentials), w.world.random()));
  client->on_event = [this](const client::Event& event) {
    client_attempts.handle_event(sim::calendar(w.world.now()), event);
  };
  client->resolve = [this](const std::string& name) { return w.names[name]; };
  client->command([](client::Connection& connection, Instant now) { connection.up(now); });
}

diagnosis::Diagnosis Planted::why(std::string_view who) {
  const auto* attempt = attempts.last(who);
  EXPECT_TRUE(attempt) << "no failed attempt";
  return attempt ? diagnosis::explain(*attempt, *asked) : diagnosis::Diagnosis{.explanations = {{}}};
}

diagnosis::Diagnosis Planted::why_by_client() {
  const auto* attempt = client_attempts.last();
  EXPECT_TRUE(attempt) << "no failed attempt";
  return attempt ? diagnosis::explain(*attempt, *connected) : diagnosis::Diagnosis{.explanations = {{}}};
}

void Planted::use_psk(const std::string& of_client, const std::string& of_gateway) {
  config.rules.front().psk_users.push_back({ike::wire::Identity::parse("bert"), Secret::copy_of(as_bytes(of_gateway))});
  profile.local = ike::wire::Identity::parse("bert");
  profile.auth = ike::PskAuth{Secret::copy_of(as_bytes(of_client))};
}

void Planted::use_passwords(const std::string& typed) {
  config.eap_methods = {eap::Type::MsChapV2};
  config.mschap = mschap();
  profile.local = ike::wire::Identity::parse("anna");
  profile.auth = ike::EapAuth{};
  profile.eap = client::EapLogin{.user = "anna",
                                 .anonymous = {},
                                 .methods = {eap::Type::MsChapV2},
                                 .password = Secret{to_bytes(typed)},
                                 .mschap = mschap()};
  users = [](const gateway::UserQuestion&) -> gateway::UserAnswer {
    return gateway::User{"anna", "staff", *mschap()->nt_password_hash(Secret{to_bytes("the right one")})};
  };
}

void Planted::use_eap_tls() {
  config.eap_methods = {eap::Type::Tls};
  profile.local = ike::wire::Identity::parse("anna@example.org");
  profile.auth = ike::EapAuth{};
  profile.eap =
      client::EapLogin{.user = "anna@example.org", .anonymous = {}, .methods = {eap::Type::Tls}, .password = {}};
  profile.eap->certificate = client_holder.auth();
}

}  // namespace agilevpn::roles
