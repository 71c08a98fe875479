// Users log in by EAP: the two roles with the real methods, over a simulated network.
#include <gmock/gmock.h>

#include <set>

#include "eap/limits.h"
#include "sim/role_host.h"
#include "sim/world.h"

namespace agilevpn::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* gateway_name = "vpn.example.org";

std::shared_ptr<const crypto::MsChap> mschap() {
  static const auto loaded = std::make_shared<const crypto::MsChap>(*crypto::MsChap::load());
  return loaded;
}

// A gateway that keeps anna, of the group staff, and clients that say who they are.
class Login : public testing::Test {
 protected:
  Login() {
    gateway::Config config = gateway_config();
    start(std::move(config));
  }

  gateway::Config gateway_config() const {
    const auto credentials = Credentials::with_certificate(gateway_name);
    gateway::Config config{.name = gateway_name, .identity = credentials.identity};
    config.certificate = std::get<ike::CertificateAuth>(credentials.local_auth());
    config.pools = {{"v4", *IpPrefix::parse("10.66.0.0/24"), {}}};
    config.rules.resize(2);
    config.rules[0].name = "staff", config.rules[1].name = "default";
    for (auto& rule : config.rules) rule.pools = {"v4"};
    config.eap_methods = {eap::Type::MsChapV2, eap::Type::Gtc};
    config.mschap = mschap();
    return config;
  }

  void start(gateway::Config config) {
    gateway.reset();
    gateway = std::make_unique<GatewayHost>(
        gateway_machine, std::make_unique<gateway::Gateway>(
                             std::move(config), Credentials::with_certificate(gateway_name).trust(), world.random()));
    gateway->users = [this](const gateway::UserQuestion& question) { return answer(question); };
    gateway->authorize = [](const gateway::Authorize& question) -> gateway::Authorization {
      return gateway::Authorized{.user = question.peer.to_string() == "anna" ? "anna" : "",
                                 .id = 1,
                                 .device = {},
                                 .group = {.name = question.group}};
    };
    gateway->on_event = [this](const gateway::Event& event) {
      if (const auto* refused = std::get_if<gateway::PeerRefused>(&event)) refusals.push_back(refused->reason);
    };
  }

  gateway::UserAnswer answer(const gateway::UserQuestion& question) {
    const auto* check = std::get_if<gateway::CheckPassword>(&question);
    const auto* find = std::get_if<gateway::FindUser>(&question);
    if (check || find->is_guess) questions.push_back(world.now());
    const std::string& name = check ? check->name : find->name;
    if (name != "anna" && name != "OFFICE\\anna") return Failure{gateway::NoUser{"there is no user " + name, true}};
    if (is_disabled) return Failure{gateway::NoUser{"anna is disabled"}};
    const Secret password{to_bytes(right)};
    if (check && !(check->password == password)) return Failure{gateway::NoUser{"wrong"}};
    return gateway::User{"anna", "staff", has_hash ? *mschap()->nt_password_hash(password) : Secret{}, methods};
  }

  std::unique_ptr<ClientHost> make_client(Host& machine, const std::string& user, const std::string& password,
                                          std::vector<eap::Type> ways = {eap::Type::MsChapV2},
                                          const std::string& idi = {}) {
    return make_client(machine,
                       {.user = user,
                        .anonymous = {},
                        .methods = std::move(ways),
                        .password = Secret{to_bytes(password)},
                        .mschap = mschap()},
                       idi);
  }

  // By its certificate or shared key in IKE itself.
  std::unique_ptr<ClientHost> make_client(Host& machine, const Credentials& own) {
    return make_client(
        machine, {.name = "office", .gateway = gateway_name, .local = own.identity, .auth = own.local_auth()}, own);
  }

  // Whose certificate, if it needs one, is of the login's user.
  std::unique_ptr<ClientHost> make_client(Host& machine, client::EapLogin login, const std::string& idi = {}) {
    client::Profile profile{.name = "office",
                            .gateway = gateway_name,
                            .local = ike::wire::Identity::parse(idi.empty() ? login.user : idi),
                            .auth = ike::EapAuth{.may_stand_alone = clients_want_eap_alone}};
    const auto own = Credentials::with_certificate(login.certificate ? login.user : "someone@example.org");
    profile.eap = std::move(login);
    return make_client(machine, std::move(profile), own);
  }
  std::unique_ptr<ClientHost> make_client(Host& machine, client::Profile profile, const Credentials& own) {
    profile.revocation = clients_ask;
    auto host = std::make_unique<ClientHost>(
        machine, std::make_unique<client::Connection>(std::move(profile), own.trust(), world.random()));
    host->resolve = [this](const std::string&) { return gateway_address.addresses(); };
    host->command([](client::Connection& connection, Instant now) { connection.up(now); });
    return host;
  }

  // By a method in TLS: with a certificate, or a password inside.
  static client::EapLogin in_tls(eap::Type method, const std::string& user) {
    client::EapLogin login{.user = user, .anonymous = "@example.org", .methods = {method}, .password = {}};
    login.certificate = std::get<ike::CertificateAuth>(Credentials::with_certificate(user).local_auth());
    login.ttls_inside = eap::TtlsInside::Eap;
    return login;
  }
  static client::EapLogin in_tunnel(eap::Type method, eap::TtlsInside inside, const std::string& password) {
    client::EapLogin login{.user = "anna",
                           .anonymous = "@example.org",
                           .methods = {method},
                           .password = Secret{to_bytes(password)},
                           .mschap = mschap()};
    login.ttls_inside = inside;
    return login;
  }
  // A gateway whose rule staff wants this in a certificate, and that takes the methods `offered`.
  void start_with_certificates(std::vector<eap::Type> offered, const std::string& common_name = "*") {
    gateway::Config config = gateway_config();
    config.rules[0].certificate = {.purpose = crypto::CertificateRules::Purpose::Client,
                                   .issued_by = {},
                                   .subject_fields = {{"CN", common_name}},
                                   .extended_key_usages = {}};
    config.rules[0].revocation = gateway_asks;
    config.eap_only = gateway_is_eap_only;
    config.eap_methods = std::move(offered);
    start(std::move(config));
  }

  // What this end asks about a certificate next, which is answered so.
  template <class End>
  ike::RevocationAsk answer_doubt(End& end, const ike::RevocationAnswer& answer) {
    world.run_for(2s);
    const auto ask = end.role().poll_revocation_ask();
    EXPECT_TRUE(ask) << "it asks nobody";
    if (ask) end.command([&](auto& role, Instant now) { role.handle_revocation(now, ask->id, answer); });
    world.run_for(5s);
    return ask.value_or(ike::RevocationAsk{});
  }

  // By a client that means another one than the gateway.
  void expect_refusal_of_the_server(client::EapLogin login) {
    login.server = ike::wire::Identity::parse("radius.example.org");
    const auto client = make_client(laptop, std::move(login));
    world.run_for(5s);
    EXPECT_FALSE(is_connected(*client));
    EXPECT_THAT(why(*client), HasSubstr("the name radius.example.org"));
    EXPECT_THAT(questions, IsEmpty());
  }

  Host& add_laptop() {
    Host& host = world.add_host("another laptop");
    host.add_interface(office);
    return host;
  }
  std::string why(const ClientHost& client) const { return client.role().session().reason; }
  bool is_connected(const ClientHost& client) const { return client.role().state() == client::State::Connected; }

  World world{1};
  Segment& office = world.add_segment({.name = "office", .v4 = IpPrefix::parse("192.0.2.0/24")});
  Host& gateway_machine = world.add_host("gateway");
  Host& laptop = world.add_host("laptop");
  Interface& gateway_address = gateway_machine.add_interface(office);
  Interface& laptop_address = laptop.add_interface(office);
  std::unique_ptr<GatewayHost> gateway;
  std::string right = "Größe 漢字 🔑";
  bool is_disabled = false;
  std::vector<std::string> methods;  // Of anna's group.
  bool has_hash = true;              // Of anna's password, as MSCHAPv2 needs it.
  std::vector<std::string> refusals;
  std::vector<Instant> questions;
  ike::Revocation gateway_asks{}, clients_ask{};
  bool gateway_is_eap_only = false, clients_want_eap_alone = false;
};

TEST_F(Login, ByMsChapV2GivesATunnelOfTheUsersGroup) {
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  ASSERT_TRUE(is_connected(*client)) << why(*client);
  ASSERT_THAT(gateway->role().sessions(), SizeIs(1));
  EXPECT_EQ(gateway->role().sessions()[0].rule, "staff");
  EXPECT_EQ(gateway->role().sessions()[0].user, "anna");
  EXPECT_TRUE(client->tunnel());
}

TEST_F(Login, OneUserIsTheSameHoweverItsNameIsTyped) {
  const auto client = make_client(laptop, "OFFICE\\anna", right);
  world.run_for(5s);
  ASSERT_TRUE(is_connected(*client)) << why(*client);
  EXPECT_EQ(gateway->role().sessions()[0].peer.to_string(), "anna");
}

TEST_F(Login, AWrongPasswordIsToldToBothEnds) {
  const auto client = make_client(laptop, "anna", "guess");
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(why(*client), HasSubstr("password"));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("anna")));
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  EXPECT_EQ(gateway->role().half_open_count(), 0u);
}

// Error 691 with R=1: who types may type again.
TEST_F(Login, APasswordThatWasTypedWrongIsAskedForAgain) {
  for (const eap::Type method : {eap::Type::MsChapV2, eap::Type::Peap}) {
    start_with_certificates({method});
    const auto client = make_client(laptop, in_tunnel(method, eap::TtlsInside::Eap, ""));
    const auto type = [&](const std::string& password) {
      world.run_for(5s);
      const std::string asked = client->role().session().question.value_or("");
      client->command(
          [&](client::Connection& role, Instant now) { role.handle_user(now, Secret{to_bytes(password)}); });
      world.run_for(5s);
      return asked;
    };
    EXPECT_EQ(type("guess"), "password of anna:");
    EXPECT_EQ(type(right), "that is wrong; password of anna:");
    EXPECT_TRUE(is_connected(*client)) << why(*client);
  }
}

TEST_F(Login, WhoTypesOnlyWrongPasswordsHearsItAndIsNotAskedForEver) {
  const auto client = make_client(laptop, "anna", "");
  int typed = 0;
  while (world.run_until([&] { return client->role().session().question.has_value(); }, 20s) && typed < 9) {
    ++typed;
    client->command([](client::Connection& role, Instant now) { role.handle_user(now, Secret{to_bytes("guess")}); });
  }
  EXPECT_EQ(typed, 1 + eap::limits::password_retries);
  EXPECT_EQ(client->role().state(), client::State::Failed);
  EXPECT_THAT(why(*client), HasSubstr("password"));
}

TEST_F(Login, APasswordThatWasChangedCountsFromTheNextLogin) {
  const auto client = make_client(laptop, "anna", "guess");
  world.run_for(5s);
  ASSERT_FALSE(is_connected(*client));
  client->command([this](client::Connection& connection, Instant now) {
    connection.change_password(Secret{to_bytes(right)});
    connection.up(now);
  });
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*client)) << why(*client);
}

TEST_F(Login, AnUnknownUserFailsAsAWrongPasswordDoes) {
  const auto client = make_client(laptop, "nobody", right);
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("no user nobody")));
}

TEST_F(Login, AClientThatGoesAwayAfterAWrongPasswordIsCountedAndSaid) {
  auto client = make_client(laptop, "anna", "guess");
  world.run_until([&] { return !questions.empty(); }, 5s);
  client.reset();
  world.run_for(60s);
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("the password of anna is wrong")));
}

TEST_F(Login, ADisabledUserIsRefused) {
  is_disabled = true;
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("anna is disabled")));
}

TEST_F(Login, WhoIsRefusedAfterItsProofIsRefusedOnce) {
  gateway->authorize = [](const auto&) -> gateway::Authorization {
    return Failure{gateway::NoUser{"anna has expired"}};
  };
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(refusals, ElementsAre("anna has expired"));
}

TEST_F(Login, AUserWhoIsRemovedBetweenItsProofAndItsSessionIsNobody) {
  gateway->authorize = [](const auto& question) -> gateway::Authorization {
    return gateway::Authorized{.group = {.name = question.group}};
  };
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  EXPECT_THAT(refusals, ElementsAre("anna is no user any more"));
}

TEST_F(Login, TheGatewayOffersWhatTheClientAsksForInstead) {
  const auto client = make_client(laptop, "anna", right, {eap::Type::Gtc});
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*client)) << why(*client);
}

TEST_F(Login, AClientThatMayUseNoneOfTheMethodsIsRefused) {
  const auto client = make_client(laptop, "anna", right, {eap::Type::Tls});
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(refusals, SizeIs(1));
}

TEST_F(Login, WithMsChapV2SwitchedOffNobodyCanUseIt) {
  gateway::Config config = gateway_config();
  config.mschap.reset();
  start(std::move(config));
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(questions, IsEmpty());
}

TEST_F(Login, AGatewayWithoutMethodsSaysSo) {
  gateway::Config config = gateway_config();
  config.eap_methods.clear();
  start(std::move(config));
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("does not offer")));
}

TEST_F(Login, ByEapTlsGivesATunnelOfTheRuleThatTheCertificateSatisfies) {
  start_with_certificates({eap::Type::Tls});
  const auto client = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
  world.run_for(5s);
  ASSERT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
  ASSERT_THAT(gateway->role().sessions(), SizeIs(1));
  EXPECT_EQ(gateway->role().sessions()[0].rule, "staff");
  EXPECT_EQ(gateway->role().sessions()[0].peer.to_string(), "bob@example.org");
}

TEST_F(Login, ByEapTlsACertificateThatFitsNoRuleIsRefusedAndToldWhy) {
  start_with_certificates({eap::Type::Tls}, "nobody");
  const auto client = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("CN=nobody in the subject")));
  EXPECT_THAT(why(*client), HasSubstr("refuses our certificate (TLS alert: bad certificate)"));
}

TEST_F(Login, InsideEapEachEndNeedsAKeyOfItsOwnToo) {  // S50
  for (const eap::Type method : {eap::Type::Tls, eap::Type::Peap}) {
    for (const bool does_client_mind : {true, false}) {
      gateway::Config config = gateway_config();
      config.rules[0].certificate.emplace().purpose = crypto::CertificateRules::Purpose::Gateway;
      config.eap_methods = {method};
      start(std::move(config));
      auto login = in_tls(method, gateway_name);
      if (!does_client_mind) login.certificate->spki.clear();
      refusals.clear();
      const auto client = make_client(laptop, std::move(login));
      world.run_for(5s);
      EXPECT_FALSE(is_connected(*client));
      EXPECT_THAT(does_client_mind ? why(*client) : refusals.front(), HasSubstr("the peer shows our own key"));
    }
  }
}

TEST_F(Login, ByPeapAndTtlsTheUserInsideCounts) {
  for (const auto& [method, inside] :
       {std::pair{eap::Type::Peap, eap::TtlsInside::Eap}, std::pair{eap::Type::Ttls, eap::TtlsInside::Pap},
        std::pair{eap::Type::Ttls, eap::TtlsInside::MsChapV2}, std::pair{eap::Type::Ttls, eap::TtlsInside::Eap}}) {
    start_with_certificates({method});
    const auto client = make_client(laptop, in_tunnel(method, inside, right));
    world.run_for(5s);
    ASSERT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
    EXPECT_EQ(gateway->role().sessions()[0].peer.to_string(), "anna");
    EXPECT_EQ(gateway->role().sessions()[0].user, "anna");
    EXPECT_EQ(gateway->role().sessions()[0].rule, "staff");
  }
}

// A server that is believed may not have the password itself for the asking.
TEST_F(Login, InsideATunnelAClientGivesThePasswordItselfOnlyWhereItWasToldTo) {
  for (const eap::Type method : {eap::Type::Peap, eap::Type::Ttls}) {
    gateway::Config config = gateway_config();
    config.eap_methods = {method, eap::Type::Gtc};
    config.mschap.reset();  // So that GTC is what is left.
    start(std::move(config));
    auto login = in_tunnel(method, eap::TtlsInside::Eap, right);
    const auto client = make_client(laptop, login.copy());
    world.run_for(5s);
    EXPECT_FALSE(is_connected(*client));
    EXPECT_THAT(questions, IsEmpty());
    EXPECT_THAT(why(*client), HasSubstr("EAP-GTC"));
    login.eap_inside = {eap::Type::Gtc};
    const auto told = make_client(add_laptop(), std::move(login));
    world.run_for(5s);
    EXPECT_TRUE(is_connected(*told)) << why(*told) << testing::PrintToString(refusals);
    questions.clear();
  }
}

TEST_F(Login, ByPeapWithACertificateInsideTheRuleIsTheCertificates) {
  start_with_certificates({eap::Type::Peap});
  const auto client = make_client(laptop, in_tls(eap::Type::Peap, "bob@example.org"));
  world.run_for(5s);
  ASSERT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
  EXPECT_EQ(gateway->role().sessions()[0].peer.to_string(), "bob@example.org");
}

TEST_F(Login, EveryWayInIsOpenAtOnceAndTheClientChooses) {
  gateway::Config config = gateway_config();
  config.rules[0].certificate.emplace().purpose = crypto::CertificateRules::Purpose::Client;
  config.rules[0].psk_users.push_back({ike::wire::Identity::parse("carl"), Secret{to_bytes("a long shared secret")}});
  config.eap_methods = {eap::Type::MsChapV2, eap::Type::Gtc, eap::Type::Tls, eap::Type::Peap, eap::Type::Ttls};
  start(std::move(config));
  std::vector<std::unique_ptr<ClientHost>> clients;
  clients.push_back(make_client(laptop, Credentials::with_certificate("machine@example.org")));
  auto shared = Credentials::with_certificate(gateway_name);  // Whom it trusts.
  shared.identity = ike::wire::Identity::parse("carl"), shared.psk = Secret{to_bytes("a long shared secret")},
  shared.key.reset();
  clients.push_back(make_client(add_laptop(), shared));
  for (const auto method : {eap::Type::MsChapV2, eap::Type::Gtc})
    clients.push_back(make_client(add_laptop(), "anna", right, {method}));
  for (const auto method : {eap::Type::Tls, eap::Type::Peap})
    clients.push_back(make_client(add_laptop(), in_tls(method, "bob@example.org")));
  clients.push_back(make_client(add_laptop(), in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, right)));
  clients.push_back(make_client(add_laptop(), in_tunnel(eap::Type::Ttls, eap::TtlsInside::Pap, right)));
  world.run_for(5s);
  for (const auto& client : clients) EXPECT_TRUE(is_connected(*client)) << why(*client);
  EXPECT_THAT(refusals, IsEmpty());
  std::multiset<std::string> who;
  for (const auto& session : gateway->role().sessions()) who.insert(session.peer.to_string());
  EXPECT_THAT(who, ElementsAre("anna", "anna", "anna", "anna", "bob@example.org", "bob@example.org", "carl",
                               "machine@example.org"));
}

TEST_F(Login, AWrongPasswordInsideATunnelIsToldToBothEnds) {
  start_with_certificates({eap::Type::Peap});
  const auto client = make_client(laptop, in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, "guess"));
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(why(*client), HasSubstr("password"));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("the password of anna is wrong")));
}

TEST_F(Login, AServerInsideEapThatIsNotTheOneMeantIsRefused) {
  start_with_certificates({eap::Type::Peap});
  expect_refusal_of_the_server(in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, right));
}

// ---- Whether the certificates inside EAP still count (S48).

const ike::RevocationAnswer revoked{.revoked = "certificate CN=x: revoked on 2026-11-01", .unknown = {}};
const ike::RevocationAnswer not_known{.revoked = {}, .unknown = "nobody answers"};

TEST_F(Login, ACertificateInsideEapIsAskedAboutAndWaitsForTheAnswer) {
  gateway_asks = ike::Revocation::Strict;
  for (const eap::Type method : {eap::Type::Tls, eap::Type::Peap, eap::Type::Ttls}) {
    start_with_certificates({method});
    const auto client = make_client(laptop, in_tls(method, "bob@example.org"));
    world.run_for(2s);
    EXPECT_THAT(gateway->role().sessions(), IsEmpty());
    const auto asked = answer_doubt(*gateway, {});
    EXPECT_EQ(asked.peer.to_string(), "bob@example.org");
    EXPECT_EQ(asked.certificates.front(), Credentials::with_certificate("bob@example.org").chain.front().der());
    ASSERT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
    EXPECT_EQ(gateway->role().sessions()[0].rule, "staff");
  }
}

TEST_F(Login, ARevokedCertificateInsideEapIsRefused) {
  gateway_asks = ike::Revocation::Soft;
  start_with_certificates({eap::Type::Tls});
  const auto client = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
  answer_doubt(*gateway, revoked);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("revoked on 2026-11-01")));
}

TEST_F(Login, ACertificateInsideEapOfWhichNothingIsKnownIsRefusedByTheStrictOnly) {
  for (const auto& [mode, lets_in] :
       {std::pair{ike::Revocation::Soft, true}, std::pair{ike::Revocation::Strict, false}}) {
    gateway_asks = mode;
    start_with_certificates({eap::Type::Peap});
    const auto client = make_client(laptop, in_tls(eap::Type::Peap, "bob@example.org"));
    answer_doubt(*gateway, not_known);
    EXPECT_EQ(is_connected(*client), lets_in) << why(*client);
  }
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("needs to know")));
}

TEST_F(Login, APasswordInsideATunnelAsksAboutNoCertificateOfTheUser) {
  gateway_asks = ike::Revocation::Strict;
  start_with_certificates({eap::Type::Peap});
  const auto client = make_client(laptop, in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, right));
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*client)) << why(*client);
}

TEST_F(Login, AClientAsksAboutTheServerInsideEapBeforeItSaysWhoItsUserIs) {
  clients_ask = ike::Revocation::Strict;
  for (const auto& inside : {eap::TtlsInside::Pap, eap::TtlsInside::Eap}) {
    start_with_certificates({eap::Type::Ttls});
    const auto client = make_client(laptop, in_tunnel(eap::Type::Ttls, inside, right));
    answer_doubt(*client, {});  // In IKE_AUTH.
    EXPECT_THAT(questions, IsEmpty());
    EXPECT_EQ(answer_doubt(*client, {}).peer.to_string(), gateway_name);
    EXPECT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
    questions.clear();
  }
}

TEST_F(Login, AClientTellsARevokedServerInsideEapNothing) {
  clients_ask = ike::Revocation::Soft;
  start_with_certificates({eap::Type::Peap});
  const auto client = make_client(laptop, in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, right));
  answer_doubt(*client, {});
  answer_doubt(*client, revoked);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(questions, IsEmpty());
  EXPECT_THAT(why(*client), HasSubstr("revoked on 2026-11-01"));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("TLS alert: certificate revoked")));
}

TEST_F(Login, AnAnswerAboutACertificateThatComesTooLateHarmsNobody) {
  gateway_asks = clients_ask = ike::Revocation::Soft;
  start_with_certificates({eap::Type::Tls});
  auto client = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
  answer_doubt(*client, {});
  answer_doubt(*client, {});
  const auto ask = gateway->role().poll_revocation_ask();
  ASSERT_TRUE(ask);
  client->command([](client::Connection& connection, Instant now) { connection.down(now); });
  world.run_for(10min);
  for (int i = 0; i < 2; ++i)
    gateway->command([&](gateway::Gateway& role, Instant now) { role.handle_revocation(now, ask->id, {}); });
  EXPECT_THAT(gateway->role().sessions(), IsEmpty());
}

// ---- The method alone proves the gateway (RFC 5998). How often a client asks about certificates shows how many it saw.

TEST_F(Login, WhereBothWantItTheMethodAloneProvesTheGateway) {
  gateway_is_eap_only = clients_want_eap_alone = true;
  clients_ask = ike::Revocation::Strict;
  for (const eap::Type method : {eap::Type::Tls, eap::Type::Peap, eap::Type::Ttls}) {
    start_with_certificates({method});
    const auto client = make_client(laptop, in_tls(method, "bob@example.org"));
    EXPECT_EQ(answer_doubt(*client, {}).peer.to_string(), gateway_name);
    ASSERT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
    EXPECT_EQ(client->role().session().ike_sa->peer.to_string(), gateway_name);
    EXPECT_EQ(gateway->role().sessions()[0].peer.to_string(), "bob@example.org");
  }
}

TEST_F(Login, WhereOnlyOneWantsItTheGatewayShowsItsCertificateFirst) {
  clients_ask = ike::Revocation::Strict;
  for (const bool is_gateway : {false, true}) {
    gateway_is_eap_only = is_gateway, clients_want_eap_alone = !is_gateway;
    start_with_certificates({eap::Type::Tls});
    const auto client = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
    answer_doubt(*client, {});
    EXPECT_FALSE(is_connected(*client));
    answer_doubt(*client, {});
    EXPECT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
  }
}

TEST_F(Login, WhoIsShownNoCertificateIsOfferedOnlyMethodsThatProveTheGateway) {
  gateway_is_eap_only = true;
  start_with_certificates({eap::Type::MsChapV2, eap::Type::Peap});
  const auto other = make_client(add_laptop(), "anna", right);
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*other)) << "with the certificate first any method will do: " << why(*other);
  clients_want_eap_alone = true;
  clients_ask = ike::Revocation::Strict;
  const auto client = make_client(laptop, in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, right));
  answer_doubt(*client, {});
  EXPECT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
}

TEST_F(Login, AClientThatIsShownNoCertificateGivesNothingThatAPasswordIsGuessedFrom) {
  clients_want_eap_alone = true;
  const auto client = make_client(laptop, "anna", right, {eap::Type::MsChapV2});
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_THAT(questions, IsEmpty());
}

TEST_F(Login, AServerOfAnotherNameMayNotStandAlone) {
  gateway_is_eap_only = clients_want_eap_alone = true;
  start_with_certificates({eap::Type::Ttls});
  expect_refusal_of_the_server(in_tunnel(eap::Type::Ttls, eap::TtlsInside::Pap, right));
}

// A device of a user with a certificate of its own, as in IKE_AUTH.
TEST_F(Login, ACertificateInsideEapIsTheDeviceThatHasIt) {
  std::vector<Bytes> asked;
  for (const eap::Type method : {eap::Type::Tls, eap::Type::Peap}) {
    start_with_certificates({method});
    gateway->authorize = [&](const gateway::Authorize& question) -> gateway::Authorization {
      asked.push_back(question.fingerprint);
      return gateway::Authorized{.user = "bob", .id = 7, .device = "laptop", .group = {.name = question.group}};
    };
    const auto client = make_client(laptop, in_tls(method, "bob@example.org"));
    world.run_for(5s);
    ASSERT_TRUE(is_connected(*client)) << why(*client) << testing::PrintToString(refusals);
    EXPECT_EQ(gateway->role().sessions()[0].device, "laptop");
    gateway->authorize = [](const gateway::Authorize&) -> gateway::Authorization {
      return Failure{gateway::NoUser{"bob/laptop is disabled"}};
    };
    gateway->command([](gateway::Gateway& role, Instant now) { role.recheck(now); });
    world.run_for(1s);
    EXPECT_THAT(gateway->role().sessions(), IsEmpty());
  }
  const Bytes own = Credentials::with_certificate("bob@example.org").chain.front().sha256_fingerprint();
  EXPECT_THAT(asked, ElementsAre(own, own));
}

TEST_F(Login, AFailedLoginIsNotedWithTheCertificateThatItShowed) {
  start_with_certificates({eap::Type::Tls}, "nobody");
  std::vector<gateway::NoteLogin> noted;
  gateway->on_note = [&](const gateway::UserQuestion& note) {
    if (const auto* login = std::get_if<gateway::NoteLogin>(&note)) noted.push_back(*login);
  };
  const auto client = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
  world.run_for(5s);
  ASSERT_THAT(noted, SizeIs(1));
  EXPECT_EQ(noted[0].fingerprint, Credentials::with_certificate("bob@example.org").chain.front().sha256_fingerprint());
}

// S41, S48: whatever EAP shows to who carries it, IKE hides it from the network.
TEST_F(Login, TheNetworkSeesNeitherUserNorCertificate) {
  start_with_certificates({eap::Type::Tls, eap::Type::MsChapV2});
  std::string all;
  world.on_packet = [&](const Packet& packet) { all += to_text(packet.payload); };
  const auto one = make_client(laptop, in_tls(eap::Type::Tls, "bob@example.org"));
  world.run_for(5s);
  ASSERT_TRUE(is_connected(*one)) << why(*one);
  Host& other = world.add_host("other");
  other.add_interface(office);
  const auto two = make_client(other, "anna", right);
  world.run_for(5s);
  ASSERT_TRUE(is_connected(*two)) << why(*two);
  EXPECT_GT(all.size(), 4000u);
  for (const char* word : {"anna", "bob", "Test CA", "AgileVPN"}) EXPECT_EQ(all.find(word), std::string::npos) << word;
}

TEST_F(Login, AGuesserWaitsLongerAndLongerAndTheHonestUserNextDoorDoesNot) {
  std::vector<std::unique_ptr<ClientHost>> guessers;
  std::vector<Duration> waits;
  for (int i = 0; i < 7; ++i) {
    const Instant asked = world.now();
    guessers.push_back(make_client(laptop, "anna", "guess " + std::to_string(i)));
    world.run_for(20s);
    ASSERT_FALSE(questions.empty());
    waits.push_back(questions.back() - asked);
    guessers.clear();
  }
  EXPECT_LT(waits[2], 100ms);
  EXPECT_GE(waits[4], 2s);
  EXPECT_GE(waits[6], 8s);
  EXPECT_TRUE(std::ranges::is_sorted(waits.begin() + 2, waits.end()));
  Host& neighbour = world.add_host("neighbour");
  neighbour.add_interface(office);
  const auto honest = make_client(neighbour, "anna", right);
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*honest)) << why(*honest);
}

TEST_F(Login, GuessesSideBySideWinNothingAndNobodyBehindTheSameNatWaitsForThem) {
  Segment& home = world.add_segment({.name = "home",
                                     .v4 = IpPrefix::parse("172.16.1.0/24"),
                                     .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 9)}});
  std::vector<std::unique_ptr<ClientHost>> guessers;
  const auto at_home = [&]() -> Host& {
    Host& host = world.add_host("host");
    host.add_interface(home);
    return host;
  };
  for (const char* typed : {"anna", "OFFICE\\anna"})
    for (int i = 0; i < 20; ++i) guessers.push_back(make_client(at_home(), typed, "guess " + std::to_string(i)));
  const Instant begin = world.now();
  world.run_for(2s);
  EXPECT_LE(questions.size(), 5u) << "of forty that were tried at once";
  const auto looked_at = [&](Duration within) {
    return std::ranges::count_if(questions, [&](Instant when) { return when < begin + within; });
  };
  world.run_for(15s);
  EXPECT_LE(looked_at(15s), 12);
  right = "guess 99";
  Host& neighbour = at_home();
  const auto honest = make_client(neighbour, "anna", right);
  const Instant came = world.now();
  EXPECT_TRUE(world.run_until([&] { return is_connected(*honest); }, 30s)) << why(*honest);
  EXPECT_LE(world.now() - came, 17s) << "the same name from the same place: it waits, and is not locked out";
}

TEST_F(Login, AnotherNameOutsideTheTunnelGainsAGuesserNothing) {
  gateway::Config config = gateway_config();
  config.eap_methods = {eap::Type::Ttls};
  start(std::move(config));
  std::vector<Duration> waits;
  for (int i = 0; i < 7; ++i) {
    auto guess = in_tunnel(eap::Type::Ttls, eap::TtlsInside::Pap, "guess " + std::to_string(i));
    guess.anonymous = fmt::format("x{}@example.org", i);
    const Instant asked = world.now();
    const auto guesser = make_client(laptop, std::move(guess));
    world.run_for(20s);
    ASSERT_FALSE(questions.empty());
    waits.push_back(questions.back() - asked);
  }
  EXPECT_LT(waits[2], 1s) << "which is the shortest wait";
  EXPECT_GE(waits[6], 8s);
}

TEST_F(Login, OneNameOutsideTheTunnelMakesNobodyWaitWhoIsRight) {
  gateway::Config config = gateway_config();
  config.eap_methods = {eap::Type::Ttls};
  start(std::move(config));
  for (int i = 0; i < 10; ++i) {
    const Instant came = world.now();
    const auto honest = make_client(laptop, in_tunnel(eap::Type::Ttls, eap::TtlsInside::Pap, right));
    ASSERT_TRUE(world.run_until([&] { return is_connected(*honest); }, 30s)) << why(*honest);
    EXPECT_LT(world.now() - came, 900ms) << i;
  }
}

TEST_F(Login, TheEapIdentityDecidesAndNotIdi) {
  Segment& home = world.add_segment({.name = "home",
                                     .v4 = IpPrefix::parse("172.16.1.0/24"),
                                     .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 9)}});
  gateway->users = [&](const gateway::UserQuestion& question) -> gateway::UserAnswer {
    return gateway::User{
        std::get<gateway::FindUser>(question).name, "staff", *mschap()->nt_password_hash(Secret{to_bytes(right)}), {}};
  };
  gateway->authorize = [](const auto& question) -> gateway::Authorization {
    return gateway::Authorized{
        .user = question.peer.to_string(), .id = 1, .device = {}, .group = {.name = question.group}};
  };
  std::vector<std::unique_ptr<ClientHost>> clients;
  for (const char* user : {"anna", "bert", "carl"}) {
    Host& host = world.add_host(user);
    host.add_interface(home);
    clients.push_back(make_client(host, user, right, {eap::Type::MsChapV2}, "192.168.1.7"));  // As Windows does.
  }
  world.run_for(5s);
  std::set<std::string> users;
  std::set<IpAddress> addresses;
  for (const auto& session : gateway->role().sessions()) {
    users.insert(session.peer.to_string());
    addresses.insert(*session.ike_sa->lease->ipv4);
  }
  EXPECT_THAT(users, ElementsAre("anna", "bert", "carl"));
  EXPECT_THAT(addresses, SizeIs(3));
}

TEST_F(Login, OnlyTheMethodsOfTheUsersGroupAreOffered) {
  methods = {"eap-gtc"};
  const auto client = make_client(laptop, "anna", right, {eap::Type::MsChapV2});
  const auto other = make_client(add_laptop(), "anna", right, {eap::Type::MsChapV2, eap::Type::Gtc});
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*client));
  EXPECT_TRUE(is_connected(*other)) << why(*other);
}

TEST_F(Login, InsidePeapThePasswordItselfIsTakenWhereMethodsOfGatewayAndGroupNameIt) {
  auto login = in_tunnel(eap::Type::Peap, eap::TtlsInside::Eap, right);
  login.eap_inside = {eap::Type::Gtc};
  using Names = std::vector<std::string>;
  for (const auto& [of_gateway, of_group, takes] :
       {std::tuple{std::vector{eap::Type::Peap}, Names{}, false},
        std::tuple{std::vector{eap::Type::Peap, eap::Type::Gtc}, Names{"peap"}, false},
        std::tuple{std::vector{eap::Type::Peap, eap::Type::Gtc}, Names{"peap", "eap-gtc"}, true}}) {
    gateway::Config config = gateway_config();
    config.eap_methods = of_gateway;
    methods = of_group;
    start(std::move(config));
    const auto client = make_client(laptop, login.copy());
    world.run_for(5s);
    EXPECT_EQ(is_connected(*client), takes) << why(*client);
    EXPECT_EQ(questions.empty(), !takes);
  }
  EXPECT_THAT(refusals, ElementsAre(testing::Not(HasSubstr("group")), HasSubstr("group staff takes only peap")));
}

TEST_F(Login, WhoHasNoHashForMsChapV2IsOfferedItLastAndHearsWhyItFails) {
  has_hash = false;
  const auto any = make_client(laptop, "anna", right, {eap::Type::MsChapV2, eap::Type::Gtc});
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*any)) << why(*any);
  const auto only = make_client(add_laptop(), "anna", right, {eap::Type::MsChapV2});
  world.run_for(5s);
  EXPECT_FALSE(is_connected(*only));
  EXPECT_THAT(refusals, ElementsAre(HasSubstr("no password of anna is kept that MSCHAPv2 can be checked with")));
}

TEST_F(Login, InsideATunnelTooWhoHasNoHashIsOfferedWhatThePasswordFits) {
  has_hash = false;
  gateway::Config config = gateway_config();
  config.eap_methods = {eap::Type::Ttls};
  start(std::move(config));
  auto login = in_tunnel(eap::Type::Ttls, eap::TtlsInside::Eap, right);
  login.eap_inside = {eap::Type::MsChapV2, eap::Type::Gtc};
  const auto client = make_client(laptop, std::move(login));
  world.run_for(5s);
  EXPECT_TRUE(is_connected(*client)) << why(*client);
}

TEST_F(Login, RekeysAndMovesAskNobodyAgain) {
  const auto client = make_client(laptop, "anna", right);
  world.run_for(5s);
  const auto asked = questions.size();
  client->command([](client::Connection& connection, Instant now) { connection.rekey(now); });
  world.run_for(9h);
  EXPECT_TRUE(is_connected(*client)) << why(*client);
  EXPECT_EQ(questions.size(), asked);
}

}  // namespace
}  // namespace agilevpn::sim
