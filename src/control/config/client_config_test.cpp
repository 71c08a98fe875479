#include "control/config/client_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "control/config/config_fixture.h"

namespace agilevpn::control::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ClientToml : public ConfigFixture {
 protected:
  ClientToml() {
    files::IssueRequest anna{.name = "anna"};
    anna.password = Secret(to_bytes("7h3k"));
    pki().issue(anna, wall_now()).value();
  }
  Result<ClientConfig, std::vector<Error>> load(const std::string& text) {
    return load_client(write("client.toml", text));
  }
  std::vector<std::string> mistakes(const std::string& text) { return texts(load(text)); }
  std::string office() const {
    return "[office]\ngateway = \"vpn.example.org\"\ncertificate = \"pki/issued/anna.p12\"\npassword = \"7h3k\"\n";
  }
};

TEST_F(ClientToml, AFirstClientIsUnderSixLines) {
  const auto config = load(office());
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  ASSERT_EQ(config->connections.size(), 1u);
  const ClientConnection& connection = config->connections[0];
  EXPECT_EQ(connection.profile.name, "office");
  EXPECT_EQ(connection.profile.gateway, "vpn.example.org");
  EXPECT_EQ(connection.profile.local.to_string(), "anna");
  EXPECT_EQ(connection.profile.expected_gateway().to_string(), "vpn.example.org");
  EXPECT_TRUE(std::holds_alternative<ike::CertificateAuth>(connection.profile.auth));
  EXPECT_EQ(connection.credentials.authorities().size(), 1u) << "the CA came with the .p12";
  EXPECT_TRUE(connection.is_automatic);
  EXPECT_EQ(connection.profile.mobility.outage_time, 30min);
  EXPECT_EQ(connection.profile.routes.size(), 2u);
}

TEST_F(ClientToml, PemFilesDoAsWell) {
  const auto config = load(
      "[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.pem\"\nkey = \"pki/issued/anna.key\"\n"
      "ca = \"pki/ca.pem\"\ncrl = \"pki/crl.pem\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->connections[0].profile.local.to_string(), "anna");
}

TEST_F(ClientToml, TheSystemsCasMayVouchForTheGateway) {
  const ScopedVariable folder{"SSL_CERT_DIR", "/nonexistent"};
  const std::string text =
      "[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.pem\"\nkey = \"pki/issued/anna.key\"\nca = "
      "\"system\"\n";
  {
    const ScopedVariable store{"SSL_CERT_FILE", (directory() / "pki/ca.pem").string()};
    const auto config = load(text);
    ASSERT_TRUE(config) << testing::PrintToString(texts(config));
    EXPECT_EQ(config->connections[0].credentials.authorities().size(), 1u);
    EXPECT_EQ(config->connections[0].trust.anchors.size(), 1u);
  }
  const ScopedVariable none{"SSL_CERT_FILE", "/nonexistent"};
  EXPECT_THAT(mistakes(text), ElementsAre(HasSubstr("this system trusts no CA")));
}

TEST_F(ClientToml, ACertificateOnATokenIsReadLater) {
  const auto config = load(
      "[office]\ngateway = \"gw\"\ncertificate = \"pkcs11:token=anna;object=vpn\"\npin = \"1234\"\nca = "
      "\"pki/ca.pem\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  ASSERT_TRUE(config->connections[0].token_certificate);
  EXPECT_EQ(config->connections[0].token_certificate->uri.token, "anna");
  EXPECT_EQ(config->connections[0].token_certificate->uri.object, "vpn");
  EXPECT_EQ(to_text(config->connections[0].token_certificate->pin.view()), "1234");
}

TEST_F(ClientToml, AKeyOnATokenGoesWithACertificateInAFile) {
  const auto config = load(
      "[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.pem\"\nkey = "
      "\"pkcs11:token=anna?pin-value=1234\"\nca = \"pki/ca.pem\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  ASSERT_TRUE(config->connections[0].token);
  EXPECT_EQ(to_text(config->connections[0].token->key.pin.view()), "1234");
  EXPECT_EQ(config->connections[0].profile.local.to_string(), "anna");
}

TEST_F(ClientToml, AMistakeInATokensUriShowsNoPin) {
  const auto said =
      mistakes("[office]\ngateway = \"gw\"\ncertificate = \"pkcs11:toker=anna?pin-value=4711\"\nca = \"pki/ca.pem\"\n");
  EXPECT_THAT(said, ElementsAre(HasSubstr("office.certificate: this PKCS#11 URI cannot be read")));
  EXPECT_THAT(said.front(), testing::Not(HasSubstr("4711")));
}

TEST_F(ClientToml, AUserLogsInWithAPassword) {
  const std::string anna = "[home]\ngateway = \"gw\"\nuser = \"OFFICE\\\\anna\"\npassword = \"secret\"\n";
  const auto config =
      load(anna + "ca = \"pki/ca.pem\"\nmethods = [\"gtc\", \"mschapv2\"]\nanonymous-user = \"anonymous\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const client::Profile& profile = config->connections[0].profile;
  EXPECT_TRUE(std::holds_alternative<ike::EapAuth>(profile.auth));
  ASSERT_TRUE(profile.eap);
  EXPECT_EQ(profile.eap->user, "OFFICE\\anna");
  EXPECT_EQ(profile.eap->anonymous, "anonymous");
  EXPECT_EQ(to_text(profile.eap->password.view()), "secret");
  EXPECT_THAT(profile.eap->methods, ElementsAre(eap::Type::Gtc, eap::Type::MsChapV2));
  EXPECT_THAT(mistakes(anna), ElementsAre(HasSubstr("home.ca: is missing")));
}

TEST_F(ClientToml, AUserWhoTypesThePasswordOrACodeKeepsNone) {
  const std::string anna = "[home]\ngateway = \"gw\"\nuser = \"anna\"\nca = \"pki/ca.pem\"\n";
  for (const char* lines : {"", "methods = [\"gtc\"]\n"}) {
    const auto config = load(anna + lines);
    ASSERT_TRUE(config) << testing::PrintToString(texts(config));
    EXPECT_TRUE(config->connections[0].profile.eap->password.empty());
  }
}

TEST_F(ClientToml, ACertificateWithMethodsLogsInByEap) {
  const auto config =
      load(office() + "methods = [\"tls\", \"peap\"]\nlogin-server = \"radius.example.org\"\neap-only = true\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const client::Profile& profile = config->connections[0].profile;
  ASSERT_TRUE(std::holds_alternative<ike::EapAuth>(profile.auth));
  EXPECT_TRUE(std::get<ike::EapAuth>(profile.auth).may_stand_alone);
  ASSERT_TRUE(profile.eap && profile.eap->certificate && profile.eap->server);
  EXPECT_EQ(profile.eap->user, "anna");
  EXPECT_EQ(profile.eap->server->to_string(), "radius.example.org");
  EXPECT_TRUE(config->connections[0].credentials.tls_context(crypto::TlsRole::Client, profile.eap->certificate));
}

TEST_F(ClientToml, WhatAMethodInTlsLacksIsSaid) {
  const std::string anna = "[home]\ngateway = \"gw\"\nuser = \"anna\"\npassword = \"secret\"\nca = \"pki/ca.pem\"\n";
  EXPECT_THAT(mistakes(anna + "methods = [\"tls\"]\n"),
              ElementsAre(HasSubstr("EAP-TLS proves the user with a certificate, and there is none")));
  EXPECT_THAT(mistakes(anna + "eap-only = true\n"), ElementsAre(HasSubstr("only tls, peap and ttls prove")));
  EXPECT_THAT(mistakes(anna + "methods = [\"ttls\"]\nttls-inside = \"chap\"\n"),
              ElementsAre(HasSubstr("pap, mschapv2 or eap")));
  const auto config = load(anna + "methods = [\"ttls\"]\nttls-inside = \"pap\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  EXPECT_EQ(config->connections[0].profile.eap->ttls_inside, eap::TtlsInside::Pap);
}

TEST_F(ClientToml, AMethodInsideAnotherThatGivesThePasswordAwayIsNamed) {
  const std::string anna =
      "[home]\ngateway = \"gw\"\nuser = \"anna\"\npassword = \"secret\"\nca = \"pki/ca.pem\"\nmethods = [\"peap\"]\n";
  const auto inside = [this](const std::string& text) {
    const auto config = load(text);
    EXPECT_TRUE(config) << testing::PrintToString(texts(config));
    return config ? config->connections[0].profile.eap->eap_inside : std::vector<eap::Type>{};
  };
  EXPECT_THAT(inside(anna), testing::Not(testing::Contains(eap::Type::Gtc)));
  EXPECT_THAT(inside(anna + "eap-inside = [\"gtc\", \"mschapv2\"]\n"),
              ElementsAre(eap::Type::Gtc, eap::Type::MsChapV2));
  EXPECT_THAT(mistakes(anna + "eap-inside = [\"peap\"]\n"), ElementsAre(HasSubstr("mschapv2, tls or gtc")));
  EXPECT_THAT(mistakes(anna + "eap-inside = [\"mschapv2\", \"tls\"]\n"), ElementsAre(HasSubstr("there is none")));
  EXPECT_THAT(mistakes(office() + "methods = [\"peap\"]\neap-inside = [\"gtc\"]\n"),
              ElementsAre(HasSubstr("with a certificate, tls goes inside")));
}

TEST_F(ClientToml, MsChapV2IsLoadedForWhoUsesItAndCanBeSwitchedOff) {
  const std::string anna = "[home]\ngateway = \"gw\"\nuser = \"anna\"\npassword = \"secret\"\nca = \"pki/ca.pem\"\n";
  struct Way {
    const char* lines;
    bool uses_mschap;
  };
  for (const auto& [lines, uses_mschap] :
       {Way{"", true}, Way{"methods = [\"gtc\"]\n", false}, Way{"methods = [\"peap\"]\n", true},
        Way{"methods = [\"peap\"]\neap-inside = [\"gtc\"]\n", false}, Way{"methods = [\"ttls\"]\n", true},
        Way{"methods = [\"ttls\"]\nttls-inside = \"pap\"\n", false},
        Way{"methods = [\"ttls\"]\nttls-inside = \"eap\"\n", true}}) {
    const auto config = load(anna + lines);
    ASSERT_TRUE(config) << testing::PrintToString(texts(config));
    EXPECT_EQ(config->connections[0].profile.eap->mschap != nullptr, uses_mschap) << lines;
    const auto said = mistakes(anna + lines + "mschapv2 = false\n");
    if (uses_mschap)
      EXPECT_THAT(said, ElementsAre(HasSubstr("home.mschapv2: is false, and this login uses it"))) << lines;
    else
      EXPECT_THAT(said, testing::IsEmpty()) << lines;
  }
}

TEST_F(ClientToml, APreSharedKeyNeedsAnIdentity) {
  const auto config = load("[home]\ngateway = \"gw\"\nid = \"bert@example.org\"\npsk = \"secret\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const auto& auth = config->connections[0].profile.auth;
  ASSERT_TRUE(std::holds_alternative<ike::PskAuth>(auth));
  EXPECT_EQ(to_text(std::get<ike::PskAuth>(auth).psk.view()), "secret");
  EXPECT_THAT(mistakes("[home]\ngateway = \"gw\"\npsk = \"secret\"\n"),
              ElementsAre("client.toml:1: home.id: is missing"));
}

TEST_F(ClientToml, EverySettingReachesTheProfile) {
  const auto config =
      load("control = \"c.sock\"\ninterface = \"vpn9\"\n" + office() +
           "gateway-id = \"gw.example.org\"\nid = \"anna@example.org\"\nprefer = [\"wlan0\", \"mobile\"]\n"
           "outage = \"8h\"\nmobility = false\nroutes = [\"10.20.0.0/16\"]\nnetworks = [\"192.168.77.0/24\"]\nauto = "
           "false\nonly-device = true\nresume = false\nesp = \"aes256gcm16\"\n"
           "native-esp = true\nrequire = { O = \"Example\" }\nissued-by = \"pki/ca.pem\"\nliveness = \"2s\"\n");
  ASSERT_TRUE(config) << testing::PrintToString(texts(config));
  const ClientConnection& connection = config->connections[0];
  EXPECT_EQ(config->host.socket, directory() / "c.sock");
  EXPECT_EQ(connection.interface, "vpn9");
  EXPECT_FALSE(connection.is_automatic);
  const client::Profile& profile = connection.profile;
  EXPECT_EQ(profile.expected_gateway().to_string(), "gw.example.org");
  EXPECT_EQ(profile.local.to_string(), "anna@example.org");
  EXPECT_THAT(profile.mobility.prefer, ElementsAre("wlan0", "mobile"));
  EXPECT_EQ(profile.mobility.outage_time, 8h);
  EXPECT_TRUE(profile.is_only_device);
  EXPECT_FALSE(profile.resumes);
  EXPECT_FALSE(profile.settings.mobike);
  EXPECT_FALSE(profile.settings.always_udp_encapsulation);
  EXPECT_EQ(profile.settings.liveness_interval, 2s);
  EXPECT_THAT(profile.routes, ElementsAre(*IpPrefix::parse("10.20.0.0/16")));
  EXPECT_THAT(profile.networks, ElementsAre(*IpPrefix::parse("192.168.77.0/24")));
  EXPECT_THAT(profile.rules.issued_by, ElementsAre(pki().ca().sha256_fingerprint()));
  EXPECT_EQ(profile.rules.purpose, crypto::CertificateRules::Purpose::Gateway);
  EXPECT_EQ(profile.policy.esp.size(), 1u);
}

TEST_F(ClientToml, EachMistakeHasItsLine) {
  EXPECT_THAT(mistakes(office() + "mobilty = true\n"),
              ElementsAre("client.toml:5: unknown key 'office.mobilty', did you mean 'office.mobility'?"));
  EXPECT_THAT(mistakes("[office]\ncertificate = \"pki/issued/anna.p12\"\npassword = \"7h3k\"\n"),
              ElementsAre("client.toml:1: office.gateway: is missing"));
  EXPECT_THAT(mistakes("[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.p12\"\npassword = \"wrong\"\n"),
              ElementsAre(HasSubstr("client.toml:3: office.certificate: ")));
  EXPECT_THAT(mistakes("[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.pem\"\nkey = \"pki/ca.key\"\nca = "
                       "\"pki/ca.pem\"\n"),
              ElementsAre(HasSubstr("the key does not belong to the certificate")));
  EXPECT_THAT(
      mistakes("[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.pem\"\nkey = \"pki/issued/anna.key\"\n"),
      ElementsAre("client.toml:1: office.ca: is missing, so the gateway could not be checked"));
  EXPECT_THAT(mistakes("[office]\ngateway = \"gw\"\n"),
              testing::Contains(HasSubstr("neither 'certificate' nor 'psk' nor 'user'")));
  EXPECT_THAT(mistakes(office() + "psk = \"x\"\n"), ElementsAre(HasSubstr("keep one of them")));
  EXPECT_THAT(mistakes("prefer = [\"wifi\"]\n" + office()), ElementsAre("client.toml:1: unknown key 'prefer'"));
  EXPECT_THAT(mistakes(""), ElementsAre("client.toml:1: no connection in it"));
  EXPECT_THAT(mistakes("[office\n"), ElementsAre(HasSubstr("client.toml:1:8: ")));
}

TEST_F(ClientToml, AFileWithoutAConnectionIsToldWhatToWrite) {
  for (const char* text : {"", "gateway = \"gw\"\nuser = \"anna\"\n", "office = 5\n"}) {
    const auto config = load(text);
    ASSERT_FALSE(config);
    ASSERT_EQ(config.error().size(), 1u);
    EXPECT_EQ(config.error()[0].to_string(),
              "client.toml:1: no connection in it (write a line with its name, such as [office], "
              "and below it gateway = \"vpn.example.org\" and how you log in)");
  }
}

TEST_F(ClientToml, AGatewayIsAHostWithoutAPort) {
  const auto with = [this](const std::string& gateway) {
    return mistakes("[office]\n\ngateway = \"" + gateway + "\"\nid = \"anna\"\npsk = \"x\"\n");
  };
  EXPECT_THAT(with("a:500"),
              ElementsAre("client.toml:3: office.gateway: 'a:500' has a port, and IKE's ports are fixed: write \"a\""));
  EXPECT_THAT(with("[2001:db8::1]:500"), ElementsAre(HasSubstr("write \"2001:db8::1\"")));
  EXPECT_THAT(with("https://a"),
              ElementsAre("client.toml:3: office.gateway: 'https://a' is not a domain name or an address"));
  EXPECT_THAT(with(""), ElementsAre(HasSubstr("is not a domain name or an address")));
  EXPECT_THAT(with("2001:db8::1"), testing::IsEmpty());
}

TEST_F(ClientToml, PreferKnowsTypesAndAdapters) {
  EXPECT_THAT(mistakes(office() + "prefer = [\n\"ethernet\",\n\"Wi-Fi\"]\n"),
              ElementsAre("client.toml:7: office.prefer: 'Wi-Fi' is no type of adapter, did you mean 'wifi'?"));
  EXPECT_THAT(mistakes(office() + "prefer = \"the first cable\"\n"),
              ElementsAre("client.toml:5: office.prefer: 'the first cable' is neither ethernet, wifi, mobile or other "
                          "nor the name of an adapter"));
  const auto config =
      load("[home]\ngateway = \"gw\"\nid = \"anna\"\npsk-file = \"psk\"\nprefer = [\"lo\", \"nosuch7\", \"other\"]\n");
  ASSERT_FALSE(config) << "without its pre-shared key";
  files::write(directory() / "psk", as_bytes("x"), files::Readers::OwnerOnly).value();
  const auto good = read_client(directory() / "client.toml");
  ASSERT_TRUE(good);
  ASSERT_EQ(good->warnings.size(), 1u);
  EXPECT_EQ(good->warnings[0].what,
            "client.toml:5: home.prefer: 'nosuch7' is neither ethernet, wifi, mobile or other nor the name of an "
            "adapter that is here now");
}

TEST_F(ClientToml, MoreRoutesThanATunnelCarriesAreRefused) {
  std::string routes;
  for (int i = 0; i < 65; ++i) routes += fmt::format("\"10.{}.0.0/16\",", i);
  EXPECT_THAT(mistakes(office() + "routes = [" + routes + "]\n"),
              ElementsAre(HasSubstr("office.routes: has 65 networks; 64 at most")));
}

TEST_F(ClientToml, ATimeOfZeroIsRefusedWhereItMakesNoSense) {
  EXPECT_THAT(
      mistakes(office() + "outage = \"0s\"\nhold = \"never\"\nretransmit-first = \"0s\"\n"),
      ElementsAre("client.toml:5: office.outage: '0s' is not a duration of 1000 ms or more, such as 30m",
                  "client.toml:6: office.hold: 'never' is not a duration of 0 ms or more, such as 30m",
                  "client.toml:7: office.retransmit-first: '0s' is not a duration of 10 ms or more, such as 30m"));
  EXPECT_THAT(mistakes(office() + "hold = \"0s\"\nike-rekey = \"never\"\nliveness = \"0s\"\n"), testing::IsEmpty());
}

TEST_F(ClientToml, SecretsMayLieInFiles) {
  write("anna.password", "7h3k\n");
  EXPECT_TRUE(
      load("[office]\ngateway = \"gw\"\ncertificate = \"pki/issued/anna.p12\"\npassword-file = \"anna.password\"\n"));
  EXPECT_THAT(mistakes("[home]\ngateway = \"gw\"\nid = \"a\"\npsk-file = \"none.psk\"\n"),
              testing::Contains(HasSubstr("home.psk-file: cannot read")));
}

}  // namespace
}  // namespace agilevpn::control::config
