#include "control/config/gateway_config.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "control/config/config_fixture.h"
#include "gateway/gateway.h"

namespace agilevpn::control::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GatewayToml : public ConfigFixture {
 protected:
  GatewayToml() { pki().issue({.name = "vpn.example.org", .is_gateway = true}, wall_now()).value(); }
  // The keys of RADIUS over TLS, with a certificate of the own CA.
  std::string tls(const std::string& name) {
    if (name != "vpn.example.org") pki().issue({.name = name}, wall_now()).value();
    const std::string file = "pki/issued/" + name;
    return "tls = true\nca = \"pki/ca.pem\"\ncertificate = \"" + file + ".pem\"\nkey = \"" + file + ".key\"\n";
  }
  Result<GatewayConfig, std::vector<Error>> load(const std::string& text) {
    return load_gateway(write("gateway.toml", text));
  }
  std::vector<std::string> mistakes(const std::string& text) { return texts(load(text)); }
  std::string first() const {
    return "name = \"vpn.example.org\"\nstate-dir = \".\"\n[certificate]\nown-ca = true\n[pool]\nipv4 = "
           "\"10.66.0.0/24\"\n";
  }
};

TEST_F(GatewayToml, AFirstGatewayIsUnderTenLines) {
  const auto config = load(first() + "ipv6 = \"fd66::/64\"\ndns = [\"10.66.0.1\"]\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->gateway.name, "vpn.example.org");
  EXPECT_EQ(config->gateway.identity.to_string(), "vpn.example.org");
  ASSERT_TRUE(config->gateway.certificate);
  EXPECT_EQ(config->gateway.certificate->key_type, crypto::KeyType::EcdsaP256);
  ASSERT_EQ(config->gateway.rules.size(), 1u);
  EXPECT_EQ(config->gateway.rules[0].name, "default");
  EXPECT_TRUE(config->gateway.rules[0].certificate);
  EXPECT_EQ(config->gateway.rules[0].routes.size(), 2u);
  EXPECT_THAT(config->gateway.rules[0].pools, ElementsAre("ipv4", "ipv6"));
  EXPECT_THAT(config->inner_addresses, ElementsAre(*IpPrefix::parse("10.66.0.1/24"), *IpPrefix::parse("fd66::1/64")));
  EXPECT_EQ(config->host.interface, "vpn0");
  EXPECT_EQ(config->credentials.authorities().size(), 1u);
}

TEST_F(GatewayToml, ACertificateForAnotherNameIsWarnedOf) {
  const auto own = files::PkiStore::issued_file(directory() / "pki", "vpn.example.org", ".pem").string();
  const auto key = files::PkiStore::issued_file(directory() / "pki", "vpn.example.org", ".key").string();
  const auto with_name = [&](const std::string& name) {
    return read_gateway(
        write("gateway.toml", "name = \"" + name + "\"\n[certificate]\nfile = \"" + own + "\"\nkey = \"" + key +
                                  "\"\n[clients]\nca = \"pki/ca.pem\"\n[pool]\nipv4 = \"10.66.0.0/24\"\n"));
  };
  const auto other = with_name("gw.example.org");
  ASSERT_TRUE(other);
  ASSERT_EQ(other->warnings.size(), 1u);
  EXPECT_THAT(other->warnings[0].what,
              HasSubstr("gateway.toml:1: name: the certificate is not for gw.example.org but for vpn.example.org"));
  EXPECT_THAT(other->warnings[0].what, HasSubstr("13801"));
  const auto right = with_name("vpn.example.org");
  ASSERT_TRUE(right);
  EXPECT_TRUE(right->warnings.empty());
}

TEST_F(GatewayToml, AnotherOutageTimeIsOneThingThatWantsARestart) {
  auto before = load(first() + "[settings]\noutage = \"30m\"\n"),
       after = load(first() + "[settings]\noutage = \"1h\"\n");
  ASSERT_TRUE(before && after);
  SeededRandom random{1};
  gateway::Gateway running{std::move(before->gateway), std::move(before->credentials), random};
  EXPECT_THAT(running.reconfigure({}, std::move(after->gateway), std::move(after->credentials)),
              ElementsAre("the outage time"));
}

TEST_F(GatewayToml, PreSharedKeysNeedNoCertificate) {
  write("bert.psk", "from a file\n");
  const auto config = load(
      "name = \"gw\"\n[pool]\nipv4 = \"10.66.0.0/24\"\n[psk]\n\"anna@example.org\" = \"secret\"\nbert = { secret-file "
      "= \"bert.psk\" }\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const auto& users = config->gateway.rules.at(0).psk_users;
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[0].identity.to_string(), "anna@example.org");
  EXPECT_EQ(to_text(users[0].psk->view()), "secret");
  EXPECT_EQ(to_text(users[1].psk->view()), "from a file");
  EXPECT_FALSE(config->gateway.rules[0].certificate);
}

TEST_F(GatewayToml, AGroupHasWhatTheDatabasesGroupsHave) {
  write("rules", "allow to 10.20.0.0/16 tcp 443\n");
  const auto config =
      load(first() +
           "[pool.staff]\nipv4 = \"10.67.0.0/24\"\nipv6 = \"fd67::/64\"\n[group.staff]\npools = [\"staff\"]\n"
           "methods = [\"certificate\", \"eap-tls\"]\nidle-timeout = \"never\"\ndevices = 2\nfirewall = \"rules\"\n"
           "[clients]\ndevices = 5\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const auto& rules = config->gateway.rules;
  EXPECT_THAT(rules.at(0).pools, ElementsAre("staff"));
  EXPECT_THAT(rules.at(0).methods, ElementsAre("certificate", "eap-tls"));
  EXPECT_EQ(rules.at(0).idle_timeout, Duration{0});
  EXPECT_EQ(rules.at(0).devices_max, 2u);
  EXPECT_EQ(rules.at(0).firewall.size(), 1u);
  EXPECT_EQ(rules.at(1).devices_max, 5u);
  EXPECT_FALSE(rules.at(1).idle_timeout);
  EXPECT_THAT(rules.at(1).pools, ElementsAre("ipv4"));
  EXPECT_EQ(config->gateway.pools.size(), 3u);
  EXPECT_EQ(config->inner_addresses.back(), *IpPrefix::parse("fd67::1/64"));
}

TEST_F(GatewayToml, MistakesInAGroupAreSaidWithTheirLine) {
  write("rules", "allow to any\nlet in\n");
  EXPECT_THAT(mistakes(first() + "[pool.staff]\nipv4 = \"10.66.0.128/25\"\n"),
              ElementsAre(HasSubstr("10.66.0.128/25 is also in pool ipv4")));
  EXPECT_THAT(mistakes(first() + "[group.staff]\npools = [\"gone\"]\n"),
              ElementsAre(HasSubstr("there is no pool gone")));
  EXPECT_THAT(mistakes(first() + "[group.staff]\nmethods = [\"pap\"]\n"),
              ElementsAre(HasSubstr("'pap' is not a way to log in: certificate, psk")));
  EXPECT_THAT(mistakes(first() + "[group.staff]\nfirewall = \"rules\"\n"), ElementsAre(HasSubstr("rules, line 2: ")));
  EXPECT_THAT(mistakes(first() + "dsn = [\"10.0.0.1\"]\n"), ElementsAre(HasSubstr("unknown key 'pool.dsn'")));
}

TEST_F(GatewayToml, UsersLogInByEap) {
  const auto config = load(first() + "[users]\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_THAT(config->gateway.eap_methods, ElementsAre(eap::Type::MsChapV2));
  EXPECT_TRUE(config->gateway.mschap);
  const auto chosen = load(first() + "[users]\nmethods = [\"gtc\", \"mschapv2\"]\nmschapv2 = false\n");
  ASSERT_TRUE(chosen) << testing::PrintToString(texts(chosen));
  EXPECT_THAT(chosen->gateway.eap_methods, ElementsAre(eap::Type::Gtc));
  EXPECT_FALSE(chosen->gateway.mschap);
  const auto clear = load(first() + "[users]\nmethods = [\"gtc\"]\n");
  ASSERT_TRUE(clear) << testing::PrintToString(texts(clear));
  EXPECT_TRUE(clear->gateway.mschap) << "a kept password may be an NT hash, which GTC's is compared with";
  EXPECT_THAT(mistakes(first() + "[users]\nmethods = [\"chap\"]\n"), ElementsAre(HasSubstr("chap")));
}

TEST_F(GatewayToml, PasswordsNeedACertificateThatProvesTheGatewayFirst) {
  EXPECT_THAT(mistakes("name = \"gw\"\n[pool]\nipv4 = \"10.66.0.0/24\"\n[users]\n"),
              ElementsAre(HasSubstr("there is no certificate")));
}

TEST_F(GatewayToml, AMethodAloneMayProveTheGatewayWhereThereIsOneThatDoes) {
  const auto config = load(first() + "[users]\nmethods = [\"mschapv2\", \"peap\"]\neap-only = true\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_TRUE(config->gateway.eap_only);
  EXPECT_THAT(mistakes(first() + "[users]\neap-only = true\n"),
              ElementsAre(HasSubstr("users.eap-only: only tls, peap and ttls prove")));
}

TEST_F(GatewayToml, WhereARadiusServerProvesItAGatewayNeedsNoCertificate) {
  const std::string text =
      "name = \"gw\"\n[pool]\nipv4 = \"10.66.0.0/24\"\n[radius]\nservers = \"10.0.0.5\"\nsecret = \"s\"\n";
  EXPECT_THAT(mistakes(text), ElementsAre(HasSubstr("there is no certificate")));
  const auto config = load(text + "eap-only = true\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_TRUE(config->gateway.eap_only);
  EXPECT_THAT(mistakes(text + "eap-only = true\ngtc = true\n"),
              testing::Contains(HasSubstr("radius.eap-only: only tls, peap and ttls prove")));
}

TEST_F(GatewayToml, AClientsCertificateIsNoGateways) {  // S50
  pki().issue({.name = "anna"}, wall_now()).value();
  EXPECT_THAT(
      mistakes(
          "name = \"vpn.example.org\"\n[certificate]\nfile = \"pki/issued/anna.pem\"\nkey = \"pki/issued/anna.key\"\n"
          "[pool]\nipv4 = \"10.66.0.0/24\"\n[users]\n"),
      ElementsAre("gateway.toml:3: certificate.file: CN=anna is a client's certificate, and no client would take it "
                  "for a gateway's"));
}

TEST_F(GatewayToml, GroupsComeInTheirOrderAndDefaultLast) {
  const auto config = load(first() +
                           "[group.staff]\nrequire = { OU = \"staff\" }\nroutes = [\"10.20.0.0/16\"]\n"
                           "[group.admins]\nissued-by = \"pki/ca.pem\"\n[group.admins.psk]\nroot = \"x\"\n"
                           "[clients]\nusage = [\"clientAuth\"]\ncrl-required = true\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const auto& rules = config->gateway.rules;
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[0].name, "staff");
  EXPECT_THAT(rules[0].certificate->subject_fields, ElementsAre(std::pair<std::string, std::string>("OU", "staff")));
  EXPECT_THAT(rules[0].routes, ElementsAre(*IpPrefix::parse("10.20.0.0/16")));
  EXPECT_THAT(rules[1].certificate->issued_by, ElementsAre(pki().ca().sha256_fingerprint()));
  EXPECT_EQ(rules[1].psk_users.size(), 1u);
  EXPECT_EQ(rules[2].name, "default");
  EXPECT_TRUE(rules[2].certificate->requires_crl);
}

TEST_F(GatewayToml, RevocationIsSoftUnlessAGroupSaysOtherwise) {
  const auto config = load(first() + "[group.staff]\nrevocation = \"strict\"\n[group.guests]\nrevocation = \"off\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const auto& rules = config->gateway.rules;
  EXPECT_EQ(rules[0].revocation, ike::Revocation::Strict);
  EXPECT_TRUE(rules[0].certificate->requires_crl);
  EXPECT_EQ(rules[1].revocation, ike::Revocation::Off);
  EXPECT_EQ(rules[2].revocation, ike::Revocation::Soft);
  EXPECT_FALSE(rules[2].certificate->requires_crl);
  EXPECT_THAT(mistakes(first() + "[clients]\ncrl-required = true\nrevocation = \"soft\"\n"),
              ElementsAre(HasSubstr("crl-required means")));
}

TEST_F(GatewayToml, TellsWhichFilesToWatch) {
  const auto config = load(first());
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->files.size(), 4u) << "CA, CRL, certificate, key";
}

TEST_F(GatewayToml, SendsTheCasBetweenItsCertificateAndTheRoot) {
  const auto middle =
      crypto::CertificateAuthority::create("CN=Root", crypto::KeyType::EcdsaP256, wall_now() - 1h, wall_now() + 1000h);
  const auto issuing =
      middle.issue_ca("CN=Issuing CA", crypto::KeyType::EcdsaP256, wall_now() - 1h, wall_now() + 1000h).value();
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcdsaP256);
  const auto own = issuing
                       .issue({.profile = crypto::CertificateRequest::Profile::Gateway,
                               .subject = "CN=gw",
                               .names = {},
                               .not_before = wall_now() - 1h,
                               .not_after = wall_now() + 500h,
                               .extended_key_usages = {}},
                              key.public_key())
                       .value();
  write("full.pem",
        own.to_pem() + issuing.certificate().to_pem() + middle.certificate().to_pem() + to_text(key.to_pem().view()));
  const auto config = load(
      "name = \"gw\"\n[certificate]\nfile = \"full.pem\"\n[clients]\nca = \"pki/ca.pem\"\n[pool]\nipv4 = "
      "\"10.66.0.0/24\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_THAT(config->gateway.certificate->chain, ElementsAre(own.der(), issuing.certificate().der()));
}

TEST_F(GatewayToml, TheSystemsCasLetNobodyInByThemselves) {
  const ScopedVariable store{"SSL_CERT_FILE", (directory() / "pki/ca.pem").string()};
  const std::string text = first() + "[clients]\nca = \"system\"\n";
  EXPECT_THAT(mistakes(text), ElementsAre(HasSubstr("every customer of every public CA")));
  EXPECT_THAT(mistakes(text + "require = { O = \"Example\" }\n"), testing::IsEmpty());
}

TEST_F(GatewayToml, RulesOnClientsCertificatesMayBeCombined) {  // S52, S53
  const auto config =
      load(first() +
           "[group.staff]\nsan = [\"*@example.org\", \"*.corp.example.org\"]\npolicy-oid = \"1.3.6.1.4.1.99999.1\"\n"
           "usage = [\"id-kp-ipsecIKE\", \"1.3.6.1.5.5.8.2.2\"]\nrequire = { O = \"Example\", CN = \"a*\" }\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const crypto::CertificateRules& rules = *config->gateway.rules.front().certificate;
  EXPECT_THAT(rules.names, ElementsAre("*@example.org", "*.corp.example.org"));
  EXPECT_THAT(rules.policies, ElementsAre("1.3.6.1.4.1.99999.1"));
  EXPECT_THAT(rules.extended_key_usages, ElementsAre("ipsecIKE", "iKEIntermediate"));
  EXPECT_EQ(rules.subject_fields.size(), 2u);
}

TEST_F(GatewayToml, ARuleOnCertificatesThatCouldNeverFitHasItsLine) {
  EXPECT_THAT(
      mistakes("[clients]\nusage = [\n\"clientAuth\",\n\"ipsecIkee\"]\n"),
      ElementsAre("gateway.toml:4: clients.usage: 'ipsecIkee' is not an extended key usage: serverAuth, clientAuth, "
                  "ipsecIKE, iKEIntermediate, or dotted"));
  EXPECT_THAT(
      mistakes("[group.staff]\npolicy-oid = \"gold\"\n"),
      ElementsAre(
          "gateway.toml:2: group.staff.policy-oid: 'gold' is not a certificate policy such as 1.3.6.1.4.1.99999.1"));
  EXPECT_THAT(mistakes("[clients]\nrequire = { OU = \"staff\", Departement = \"x\" }\n"),
              ElementsAre(HasSubstr("gateway.toml:2: clients.require.Departement: is no field of a subject")));
}

TEST_F(GatewayToml, AnEspProposalWithAKeyExchangeOfItsOwnIsAMistakeOfItsLine) {
  EXPECT_THAT(mistakes("esp = \"aes256gcm16-ecp384\"\n" + first()),
              ElementsAre("gateway.toml:1: esp: ESP proposal 'aes256gcm16-ecp384': rekeys take the key exchange of the "
                          "IKE SA, which may be another one"));
  EXPECT_TRUE(load("ike = \"aes256gcm16-prfsha384-ecp384\"\nesp = \"aes256gcm16-ecp384\"\n" + first()));
}

TEST_F(GatewayToml, EverySettingReachesTheEngine) {
  const auto config = load(
      "policy = \"modern\"\nike = [\"aes256gcm16-prfsha384-ecp384\"]\nesp = \"aes128gcm16\"\n"
      "listen = [\"192.0.2.1\"]\ninterface = \"tun7\"\n" +
      first() +
      "[settings]\nike-rekey = \"2h\"\nchild-rekey = \"never\"\nliveness = \"5s\"\nnat-keepalive = \"10s\"\n"
      "mobility = \"off\"\nnative-esp = true\nfragment-size = 1400\nidle-timeout = \"5m\"\nticket-lifetime = "
      "\"8h\"\noutage = \"10m\"\n"
      "replay-window = 4096\none-session-per-identity = true\npfs = false\nchild-lifetime = "
      "\"9h\"\nchild-rekey-megabytes = 250\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const ike::Settings& settings = config->gateway.settings;
  EXPECT_EQ(settings.ike_rekey, 2h);
  EXPECT_EQ(settings.child_rekey, Duration{0});
  EXPECT_EQ(settings.liveness_interval, 5s);
  EXPECT_FALSE(settings.mobike);
  EXPECT_FALSE(settings.always_udp_encapsulation);
  EXPECT_FALSE(settings.pfs);
  EXPECT_EQ(settings.child_lifetime, 9h);
  EXPECT_EQ(settings.child_rekey_bytes, 250'000'000u);
  EXPECT_EQ(settings.fragment_size, 1400u);
  EXPECT_EQ(config->gateway.outage_time, 10min);
  EXPECT_EQ(config->gateway.idle_timeout, 5min);
  EXPECT_EQ(settings.ticket_lifetime, 8h);
  EXPECT_EQ(config->gateway.uniqueness, gateway::Uniqueness::Replace);
  EXPECT_EQ(config->gateway.policy.ike.size(), 1u);
  EXPECT_EQ(config->gateway.policy.esp.size(), 1u);
  EXPECT_EQ(config->host.replay_window, 4096u);
  EXPECT_EQ(config->host.interface, "tun7");
  EXPECT_THAT(config->host.listen, ElementsAre(IpAddress::v4(192, 0, 2, 1)));
}

TEST_F(GatewayToml, TicketsLastADayAtMostOrAreSwitchedOff) {
  for (const char* off : {"never", "0"})
    EXPECT_EQ(load(first() + "[settings]\nticket-lifetime = \"" + off + "\"\n")->gateway.settings.ticket_lifetime,
              Duration{0});
  EXPECT_EQ(load(first())->gateway.settings.ticket_lifetime, 12h);
  for (const char* text : {"25h", "5s", "long"})
    EXPECT_THAT(texts(load(first() + "[settings]\nticket-lifetime = \"" + text + "\"\n")),
                ElementsAre(HasSubstr("a duration of a minute to a day")))
        << text;
}

TEST_F(GatewayToml, WhatWouldBeAStormOrNoAdapterIsRefused) {
  EXPECT_THAT(
      mistakes("[settings]\nchild-rekey = \"1ms\"\n"),
      ElementsAre(HasSubstr("gateway.toml:2: settings.child-rekey: '1ms' is not a duration of a second or more")));
  for (const char* name : {"averyveryverylongname", "vpn 0", "a/b", ""})
    EXPECT_THAT(texts(load("interface = \"" + std::string{name} + "\"\n" + first())),
                ElementsAre(HasSubstr("is not the name of an adapter: up to 15 characters")))
        << name;
}

TEST_F(GatewayToml, RadiusServersDecideAreToldAndOrder) {
  const auto config = load(first() +
                           "[radius]\nservers = [\"10.0.0.5\", \"10.0.0.6:1645\"]\nsecret = \"s\"\naccounting = true\n"
                           "interim = \"5m\"\ncoa = \"10.0.0.1\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->radius.servers[0].port, 1812);
  EXPECT_EQ(config->radius.accounting_servers[0].port, 1813);
  EXPECT_EQ(config->radius.accounting_servers[1].port, 1646);
  EXPECT_EQ(config->radius.orders[0].port, 3799);
  EXPECT_EQ(config->gateway.radius.size(), 2u);
  EXPECT_EQ(config->gateway.accounting[1].name, "10.0.0.6:1646");
  EXPECT_EQ(config->gateway.interim_interval, 5min);
  EXPECT_EQ(config->gateway.dynamic_authorization.servers.size(), 2u);
  EXPECT_FALSE(config->gateway.dynamic_authorization.by_radsec);
}

TEST_F(GatewayToml, RadiusOverTlsNeedsNoSecret) {
  const auto config = load(first() + "[radius]\nservers = \"10.0.0.5\"\n" + tls("nas") + "accounting = true\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->radius.servers[0].port, 2083);
  EXPECT_EQ(config->radius.accounting_servers[0].port, 2083);
  EXPECT_EQ(config->radius.tls->key.filename(), "nas.key");
  EXPECT_TRUE(config->gateway.dynamic_authorization.by_radsec) << "orders come on the connections";
  EXPECT_EQ(config->gateway.radius[0].transport, radius::Transport::Stream);
  EXPECT_EQ(config->gateway.radius[0].secret, Secret::copy_of(as_bytes("radsec")));
}

TEST_F(GatewayToml, WhatRadiusServersAreShownIsLookedAt) {
  const std::string start = first() + "[radius]\nservers = \"10.0.0.5\"\n";
  const auto warned = read_gateway(write("gateway.toml", start + tls("vpn.example.org")));
  ASSERT_TRUE(warned);
  ASSERT_EQ(warned->warnings.size(), 1u);
  EXPECT_THAT(warned->warnings[0].what, HasSubstr("radius.certificate: it is not for TLS clients"));
  EXPECT_TRUE(read_gateway(write("gateway.toml", start + tls("nas")))->warnings.empty());
  const std::string no_key = "tls = true\nca = \"pki/ca.pem\"\ncertificate = \"pki/issued/nas.pem\"\n";
  EXPECT_THAT(mistakes(start + no_key), ElementsAre(HasSubstr("key")));
  EXPECT_THAT(mistakes(start + "tls = true\nca = \"none.pem\"\ncertificate = \"none.pem\"\n"), testing::SizeIs(2));
}

TEST_F(GatewayToml, MistakesInRadiusSayWhatIsMissing) {
  const std::string start = "[radius]\nservers = \"10.0.0.5\"\n";
  EXPECT_THAT(mistakes("[radius]\nsecret = \"s\"\n"), ElementsAre(HasSubstr("radius.servers: is missing")));
  EXPECT_THAT(mistakes(start), ElementsAre(HasSubstr("radius.secret: is missing")));
  EXPECT_THAT(mistakes(start + "coa = \"10.0.0.1\"\n"), ElementsAre(HasSubstr("radius.secret: is missing"))) << "once";
  EXPECT_THAT(mistakes(start + "secret = \"s\"\nca = \"x\"\n"), ElementsAre(HasSubstr("only TLS takes ca")));
  EXPECT_THAT(mistakes(start + "tls = true\nca = \"x\"\n"),
              testing::Contains(HasSubstr("radius.certificate: is missing")));
  EXPECT_THAT(mistakes(start + "secret = \"s\"\ninterim = \"5s\"\n"), ElementsAre(HasSubstr("less than a minute")));
  EXPECT_THAT(mistakes(start + "secret = \"s\"\ncoa-from = \"10.0.0.9\"\n"),
              ElementsAre(HasSubstr("nobody listens without coa")));
  EXPECT_THAT(mistakes(start + "secret = \"s\"\naccounting-servers = \"10.0.0.9\"\n"),
              ElementsAre(HasSubstr("accounting = true")));
}

TEST_F(GatewayToml, NetworksBehindClientsStandApartFromTheirAddresses) {
  const std::string start = first() + "[radius]\nservers = \"10.0.0.5\"\nsecret = \"s\"\nframed = \"10.9.0.0/24\"\n";
  const auto config = load(start + "networks = [\"192.168.64.0/18\", \"fd77::/32\"]\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_THAT(config->gateway.client_networks,
              ElementsAre(*IpPrefix::parse("192.168.64.0/18"), *IpPrefix::parse("fd77::/32")));
  EXPECT_THAT(mistakes(start + "networks = \"0.0.0.0/0\"\n"),
              ElementsAre(HasSubstr("radius.networks: 0.0.0.0/0 is everything")));
  for (const char* inside : {"10.66.0.128/25", "10.0.0.0/8", "10.9.0.0/24"})
    EXPECT_THAT(mistakes(start + "networks = \"" + inside + "\"\n"),
                ElementsAre(HasSubstr("overlaps what clients' own addresses come from")));
}

TEST_F(GatewayToml, EachMistakeHasItsLine) {
  EXPECT_THAT(mistakes("name = \"a\"\npolcy = \"modern\"\n"),
              ElementsAre("gateway.toml:2: unknown key 'polcy', did you mean 'policy'?"));
  EXPECT_THAT(mistakes("policy = \"modem\"\n"), ElementsAre(HasSubstr("gateway.toml:1: policy: ")));
  EXPECT_THAT(mistakes("\nike = \"aes256-sha9\"\n"),
              ElementsAre(HasSubstr("gateway.toml:2: ike: proposal 'aes256-sha9': 'sha9'")));
  EXPECT_THAT(
      mistakes("[pool]\nipv4 = \"fd66::/64\"\n"),
      ElementsAre(
          "gateway.toml:2: pool.ipv4: 'fd66::/64' is not an IPv4 prefix with room for clients, such as 10.66.0.0/24"));
  EXPECT_THAT(mistakes("[pool]\nipv4 = \"10.66.0.0/31\"\n"), ElementsAre(HasSubstr("gateway.toml:2: pool.ipv4")));
  EXPECT_THAT(mistakes("[settings]\nliveness = 30\n"),
              ElementsAre("gateway.toml:2: settings.liveness must be text, not a number"));
  EXPECT_THAT(mistakes("[group.staff]\nrequire = { OU = 3 }\n"),
              ElementsAre(HasSubstr("group.staff.require.OU must be text")));
  EXPECT_THAT(mistakes("[psk]\nanna = \"\"\n"),
              ElementsAre("gateway.toml:2: psk.anna: its pre-shared key is missing or empty"));
  EXPECT_THAT(mistakes("[certificate]\nfile = \"none.pem\"\n"),
              ElementsAre(HasSubstr("gateway.toml:2: certificate.file: cannot read ")));
  EXPECT_THAT(mistakes("[certificate]\nown-ca = true\nfile = \"x.pem\"\n"),
              testing::Contains(HasSubstr("keep one of them")));
  EXPECT_THAT(mistakes("[certificate]\nown-ca = \"yes\"\n"),
              ElementsAre("gateway.toml:2: certificate.own-ca must be true or false, not text"));
  EXPECT_THAT(mistakes("[certificate]\n"), ElementsAre(HasSubstr("neither 'file' nor 'own-ca = true'")));
}

TEST_F(GatewayToml, ANetworkHasNoHostBits) {
  EXPECT_THAT(mistakes("routes = [\n\"10.1.0.0/16\",\n\"10.20.0.5/16\"]\n"),
              ElementsAre("gateway.toml:3: routes: '10.20.0.5/16' is an address in the network 10.20.0.0/16: write "
                          "that, or 10.20.0.5 for the one host"));
  EXPECT_THAT(mistakes("[pool]\nipv6 = \"fd66::1/64\"\n"),
              ElementsAre(HasSubstr("gateway.toml:2: pool.ipv6: 'fd66::1/64' is an address in the network fd66::/64")));
  EXPECT_THAT(mistakes("[group.staff]\nroutes = \"2001:db8::5/32\"\n"),
              ElementsAre(HasSubstr("gateway.toml:2: group.staff.routes")));
  EXPECT_THAT(mistakes(first() + "[group.staff]\nroutes = [\"10.20.0.5\", \"0.0.0.0/0\"]\n"), testing::IsEmpty());
}

TEST_F(GatewayToml, ItsNameIsAHost) {
  EXPECT_THAT(mistakes("\nname = \"a b\"\n"),
              ElementsAre("gateway.toml:2: name: 'a b' is not a domain name or an address"));
}

TEST_F(GatewayToml, AGatewaysOutageIsATime) {
  EXPECT_THAT(mistakes("[settings]\noutage = \"never\"\n"),
              ElementsAre(HasSubstr("gateway.toml:2: settings.outage: 'never' is not a duration")));
}

TEST_F(GatewayToml, APreSharedKeyIsText) {
  EXPECT_THAT(mistakes("[psk]\nanna = 5\nbert = [\"x\"]\n"),
              ElementsAre("gateway.toml:2: psk.anna: is a number, not a key",
                          "gateway.toml:3: psk.bert: is a list, not a key"));
  const auto config = load("[psk]\nanna = 5\n");
  EXPECT_EQ(config.error()[0].help, "write it in quotes, or { secret-file = \"anna.psk\" }");
}

TEST_F(GatewayToml, SeveralMistakesAreToldAtOnce) {
  EXPECT_THAT(mistakes("nam = \"a\"\n[pool]\nipv4 = \"x\"\n[settings]\nmobility = 3\n"),
              ElementsAre(HasSubstr("toml:1"), HasSubstr("toml:3"), HasSubstr("toml:5")));
}

TEST_F(GatewayToml, WhatIsMissingIsSaidWithWhatToWrite) {
  EXPECT_THAT(mistakes(""), ElementsAre(HasSubstr("name: is missing"), HasSubstr("pool: no addresses"),
                                        HasSubstr("nobody could log in")));
  EXPECT_THAT(mistakes("name = \"a\"\n[pool]\nipv4 = \"10.66.0.0/24\"\n[clients]\nca = \"pki/ca.pem\"\n"),
              ElementsAre(HasSubstr("there is none")));
}

TEST_F(GatewayToml, DropInsAddAndReplaceInTheOrderOfTheirNames) {
  write("gateway.d/50-name.toml", "[pool]\nipv4 = \"10.77.0.0/24\"\n[group.staff]\nroutes = [\"10.20.0.0/16\"]\n");
  write("gateway.d/60-dns.toml", "interface = \"vpn7\"\n[pool]\ndns = [\"10.77.0.1\"]\n");
  write("gateway.d/readme", "not for us");
  const auto config = load(first());
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->gateway.pools[0].prefix, *IpPrefix::parse("10.77.0.0/24"));
  EXPECT_EQ(config->gateway.rules[0].name, "staff");
  EXPECT_EQ(config->gateway.rules[0].dns.size(), 1u);
  EXPECT_EQ(config->host.interface, "vpn7");
}

TEST_F(GatewayToml, AMistakeInADropInHasItsPlaceThere) {
  write("gateway.d/50-name.toml", "\npolcy = \"modern\"\n");
  EXPECT_THAT(mistakes(first()), ElementsAre("gateway.d/50-name.toml:2: unknown key 'polcy', did you mean 'policy'?"));
  write("gateway.d/50-name.toml", "\n[pool\n");
  EXPECT_THAT(mistakes(first()), ElementsAre(HasSubstr("gateway.d/50-name.toml:2:6: ")));
}

TEST_F(GatewayToml, AMissingFileSaysHowToMakeOne) {
  const auto config = load_gateway("/nonexistent/gateway.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error()[0].to_string(), HasSubstr("agilevpn setup NAME"));
}

}  // namespace
}  // namespace agilevpn::control::config
