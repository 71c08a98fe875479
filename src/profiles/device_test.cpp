// What holds for the files of every device, and what each of the short formats says.
#include "profiles/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <toml++/toml.h>
#include <map>
#include <nlohmann/json.hpp>

#include "ike/typed_proposal.h"
#include "profiles/link.h"
#include "profiles/sample_request.h"
#include "profiles/suite.h"

namespace agilevpn::profiles {
namespace {

using testing::HasSubstr;
using testing::Not;

Files all_files(const Request& request) {
  Files out;
  for (const Device device : all_devices()) {
    if (auto files = write_profile(device, request)) std::ranges::move(*files, std::back_inserter(out));
  }
  return out;
}

Request with_password(Request request, bool writes) {
  request.login.password = Secret(to_bytes("Tulip-Harbor-41"));
  request.login.writes_passwords = writes;
  return request;
}

TEST(Profiles, EveryDeviceHasAPageThatWorksOffline) {
  Request request = sample_request();
  request.policy = ike::compatible_policy();
  request.login.user = "<script>alert(1)</script>";
  for (const Device device : all_devices()) {
    const auto files = write_profile(device, request);
    ASSERT_TRUE(files) << to_string(device);
    const std::string& page = file_named(*files, ".html").content;
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    for (const char* outside : {"src=", "href=", "url(", "@import"})
      EXPECT_THAT(page, Not(HasSubstr(outside))) << to_string(device);
  }
}

TEST(Profiles, PasswordsAreInNoFileUnlessAsked) {
  for (const LoginKind kind : all_logins) {
    for (const File& file : all_files(with_password(sample_request(kind), false))) {
      EXPECT_THAT(file.content, Not(HasSubstr("Tulip-Harbor-41"))) << file.name;
      EXPECT_THAT(file.content, Not(HasSubstr("7h3k-9wqz"))) << file.name;
    }
  }
}

TEST(Profiles, WhatHoldsASecretIsForItsOwnerOnly) {
  std::size_t secrets = 0;
  for (const LoginKind kind : {LoginKind::Password, LoginKind::Certificate, LoginKind::TtlsPap}) {
    for (const File& file : all_files(with_password(sample_request(kind), true))) {
      const bool has_secret = file.content.find("Tulip-Harbor-41") != std::string::npos ||
                              file.content.find("7h3k-9wqz") != std::string::npos ||
                              file.content.find("PRIVATE KEY") != std::string::npos || file.name.ends_with(".p12");
      secrets += has_secret;
      EXPECT_TRUE(file.is_secret || !has_secret) << file.name;
    }
  }
  EXPECT_GE(secrets, 13u);
}

TEST(Profiles, FileNamesAreSafeWhateverTheUserIsCalled) {
  Request request = sample_request();
  request.login.user = "..\\../DOMAIN/J\xc3\xb6rg";
  for (const File& file : all_files(request)) {
    EXPECT_THAT(file.name, Not(HasSubstr("..")));
    EXPECT_LE(std::ranges::count(file.name, '/'), 2) << file.name;
    EXPECT_FALSE(file.name.starts_with('/') || file.name.starts_with('-')) << file.name;
  }
}

TEST(Profiles, ACodeThatCountsOnceIsForClientsThatKnowEapGtc) {
  for (const Device device : all_devices()) {
    const bool knows_it = device != Device::Windows && device != Device::Windows7 && device != Device::Apple;
    EXPECT_EQ(!missing_login(device, LoginKind::Gtc), knows_it) << to_string(device);
  }
  const auto page = file_named(write_profile(Device::Android, sample_request(LoginKind::Gtc)).value(), ".html").content;
  EXPECT_THAT(page, HasSubstr("Without the app this login is not possible"));
  EXPECT_THAT(file_named(write_profile(Device::Linux, sample_request(LoginKind::Gtc)).value(), ".html").content,
              HasSubstr("agilevpn up vpn.example.org"));
}

TEST(Profiles, TheLinuxPageLosesNobodysConnections) {
  const auto page =
      file_named(write_profile(Device::Linux, sample_request(LoginKind::Certificate)).value(), ".html").content;
  for (const char* part :
       {"cp -n anna-linux/*", "agilevpn import", "--certificate anna-linux/anna.pem --key anna-linux/anna.key"})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST(Profiles, ACertificateLoginWithoutACertificateIsRefused) {
  Request request = sample_request();
  request.login.kind = LoginKind::Certificate;
  const auto files = write_profile(Device::Windows, request);
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().help, HasSubstr("agilevpn pki issue anna"));
}

TEST(Profiles, WhatAClientDoesNotKnowIsRefusedInASentenceWithTheLoginThatServes) {
  Request request = sample_request(LoginKind::Peap);
  request.policy = ike::compatible_policy();
  for (const Device device :
       {Device::Apple, Device::Android, Device::StrongSwan, Device::NetworkManager, Device::Windows7}) {
    request.login.kind = LoginKind::Peap;
    const auto files = write_profile(device, request);
    ASSERT_FALSE(files) << to_string(device);
    EXPECT_THAT(files.error().what, HasSubstr("PEAP"));
    EXPECT_EQ(files.error().help, "--login password where the gateway offers mschapv2, or --login certificate");
    EXPECT_FALSE(missing_login(device, LoginKind::Password) || missing_login(device, LoginKind::Certificate) ||
                 missing_login(device, LoginKind::EapTls));
  }
  request.login.kind = LoginKind::TtlsPap;
  EXPECT_EQ(write_profile(Device::Apple, request).error().help,
            "--login certificate");  // No password of the gateway's fits.
}

// ---- A gateway with eap-only (RFC 5998).

TEST(EapOnly, WhoWantsTheCertificateAndCannotSaySoIsToldWhatServes) {
  for (const Device device : {Device::Android, Device::NetworkManager, Device::StrongSwan}) {
    Request request = sample_request();
    request.proof = GatewayProof::CertificateUnlessAsked;
    const auto refused = write_profile(device, request);
    ASSERT_FALSE(refused) << to_string(device);
    EXPECT_THAT(refused.error().what, HasSubstr("eap-only"));
    EXPECT_THAT(refused.error().help, HasSubstr("--login certificate"));
    request = sample_request(LoginKind::Certificate);
    request.proof = GatewayProof::CertificateUnlessAsked;
    EXPECT_TRUE(write_profile(device, request))
        << to_string(device) << ": in IKE's own AUTH payload the gateway shows its certificate";
  }
}

TEST(EapOnly, StrongSwanIsToldToBelieveAMethodThatProvesTheGateway) {
  for (const auto& [kind, word] : {std::pair{LoginKind::EapTls, "eap-tls"}, {LoginKind::TtlsPap, "eap-ttls"}}) {
    Request request = sample_request(kind);
    EXPECT_THAT(file_named(write_profile(Device::StrongSwan, request).value(), ".conf").content,
                HasSubstr("auth = pubkey\n      id"));
    request.proof = GatewayProof::CertificateUnlessAsked;
    EXPECT_THAT(file_named(write_profile(Device::StrongSwan, request).value(), ".conf").content,
                HasSubstr(std::string("auth = ") + word + "\n      id = \"vpn"));
  }
}

TEST(EapOnly, WhoDoesNotAskForItIsShownTheCertificateAsEver) {
  Request request = sample_request();
  request.policy = ike::compatible_policy();
  request.proof = GatewayProof::CertificateUnlessAsked;
  for (const Device device : {Device::Windows, Device::Windows7, Device::Apple, Device::Linux, Device::Qr})
    EXPECT_TRUE(write_profile(device, request)) << to_string(device);
  EXPECT_THAT(file_named(write_profile(Device::Linux, request).value(), "client.toml").content,
              Not(HasSubstr("eap-only")));
}

TEST(EapOnly, AGatewayWithoutACertificateServesThoseWhoBelieveTheMethodAlone) {
  Request request = sample_request(LoginKind::TtlsPap);
  request.proof = GatewayProof::None;
  EXPECT_TRUE(write_profile(Device::StrongSwan, request));
  const auto files = write_profile(Device::Linux, request).value();
  EXPECT_THAT(file_named(files, "client.toml").content, HasSubstr("eap-only = true\n"));
  std::string link = file_named(files, ".link").content;
  link.pop_back();
  EXPECT_TRUE(parse_link(link).value().is_eap_only);
  for (const Device device : {Device::Windows, Device::Android, Device::NetworkManager}) {
    const auto refused = write_profile(device, request);
    ASSERT_FALSE(refused) << to_string(device);
    EXPECT_THAT(refused.error().what, HasSubstr("the gateway has no certificate"));
  }
  request = sample_request(LoginKind::Certificate);
  request.proof = GatewayProof::None;
  EXPECT_FALSE(write_profile(Device::Linux, request));
}

TEST(Sswan, ReadsBackAsTheRequest) {
  const Request request = sample_request();
  const auto json =
      nlohmann::json::parse(file_named(write_profile(Device::Android, request).value(), ".sswan").content);
  EXPECT_EQ(json["type"], "ikev2-eap");
  EXPECT_EQ(json["remote"]["addr"], "vpn.example.org");
  EXPECT_EQ(json["local"]["eap_id"], "anna");
  EXPECT_EQ(json["split-tunneling"]["subnets"], nlohmann::json({"10.20.0.0/16", "fd66:20::/32"}));
  const Suite suite = choose_suite(request.policy, Platform::StrongSwan).value();
  EXPECT_EQ(json["ike-proposal"], ike_proposal(suite));
  EXPECT_TRUE(ike::parse_ike_proposal(json["ike-proposal"].get<std::string>()));
}

TEST(Sswan, ATypeOfItsOwnHasEapTtls) {
  const auto files = write_profile(Device::Android, sample_request(LoginKind::TtlsPap)).value();
  const auto json = nlohmann::json::parse(file_named(files, ".sswan").content);
  EXPECT_EQ(json["type"], "ikev2-byod-eap");
  EXPECT_EQ(json["local"]["eap_id"], "anna");
  EXPECT_THAT(file_named(files, ".html").content, HasSubstr("Without the app this login is not possible"));
}

TEST(Sswan, AFullTunnelBlocksWhatWouldGoAroundIt) {
  const auto files = write_profile(Device::Android, full_tunnel(sample_request(LoginKind::Certificate))).value();
  const auto json = nlohmann::json::parse(file_named(files, ".sswan").content);
  EXPECT_EQ(json["type"], "ikev2-cert");
  EXPECT_EQ(json["split-tunneling"]["block-ipv6"], true);
  EXPECT_EQ(json["local"]["id"], "anna");
}

TEST(SwanctlConf, SaysSuiteRoutesAndIdentities) {
  const std::string text =
      file_named(write_profile(Device::StrongSwan, sample_request(LoginKind::Certificate)).value(), ".conf").content;
  for (const char* part :
       {"proposals = aes256gcm16-prfsha256-x25519", "esp_proposals = aes256gcm16-x25519",
        "remote_ts = 10.20.0.0/16, fd66:20::/32", "certs = anna.pem", "id = \"vpn.example.org\"", "mobike = yes"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(SwanctlConf, SaysTheMethodAndWhomItsServerMustProveToBe) {
  for (const auto& [kind, word] :
       {std::pair{LoginKind::Password, "eap-mschapv2"}, std::pair{LoginKind::EapTls, "eap-tls"},
        std::pair{LoginKind::TtlsPap, "eap-ttls"}, std::pair{LoginKind::TtlsMsChapV2, "eap-ttls"},
        std::pair{LoginKind::Gtc, "eap-gtc"}, std::pair{LoginKind::Certificate, "pubkey"}}) {
    Request request = sample_request(kind);
    request.login_server = "radius.example.org";
    const std::string text = file_named(write_profile(Device::StrongSwan, request).value(), ".conf").content;
    EXPECT_THAT(text, HasSubstr(std::string("      auth = ") + word + "\n"));
    EXPECT_EQ(text.find("aaa_id = \"radius.example.org\"") != std::string::npos, is_in_tls(kind)) << word;
    EXPECT_EQ(text.find("secrets {") != std::string::npos, !is_by_certificate(kind)) << word;
  }
}

TEST(Nmconnection, APasswordIsForWhateverMethodTheGatewayBeginsWith) {
  const auto files =
      write_profile(Device::NetworkManager, with_password(sample_request(LoginKind::TtlsPap), true)).value();
  const std::string& text = file_named(files, ".nmconnection").content;
  for (const char* part :
       {"method=eap\n", "user=anna\n", "password-flags=0\n", "\n[vpn-secrets]\npassword=Tulip-Harbor-41\n"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Nmconnection, SaysSuiteRoutesAndIdentities) {
  const std::string text =
      file_named(write_profile(Device::NetworkManager, sample_request()).value(), ".nmconnection").content;
  for (const char* part : {"ike=aes256gcm16-prfsha256-x25519\n", "method=eap\n", "user=anna\n",
                           "remote-ts=10.20.0.0/16;fd66:20::/32\n", "password-flags=1\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ClientToml, ReadsBackAsTheRequest) {
  const auto files = write_profile(Device::Linux, sample_request(LoginKind::Certificate)).value();
  const toml::table document = toml::parse(file_named(files, "client.toml").content);
  const auto connection = document["vpn.example.org"];
  EXPECT_EQ(connection["gateway"].value<std::string>(), "vpn.example.org");
  EXPECT_EQ(connection["certificate"].value<std::string>(), "anna.pem");
  EXPECT_EQ(connection["policy"].value<std::string>(), "modern");
  EXPECT_EQ(connection["outage"].value<std::string>(), "30m");
  EXPECT_EQ(connection["routes"].as_array()->size(), 2u);
}

TEST(ClientToml, SaysTheMethodOfEveryLogin) {
  using Said = std::pair<std::string, std::string>;  // methods, ttls-inside
  const std::map<LoginKind, Said> expected = {
      {LoginKind::Password, {"", ""}},       {LoginKind::Certificate, {"", ""}},
      {LoginKind::EapTls, {"tls", ""}},      {LoginKind::Peap, {"peap", ""}},
      {LoginKind::TtlsPap, {"ttls", "pap"}}, {LoginKind::TtlsMsChapV2, {"ttls", "mschapv2"}},
      {LoginKind::Gtc, {"gtc", ""}}};
  for (const LoginKind kind : all_logins) {
    Request request = sample_request(kind);
    request.login_server = "radius.example.org";
    const toml::table document =
        toml::parse(file_named(write_profile(Device::Linux, request).value(), "client.toml").content);
    const auto connection = document["vpn.example.org"];
    EXPECT_EQ(
        (Said{connection["methods"][0].value_or<std::string>(""), connection["ttls-inside"].value_or<std::string>("")}),
        expected.at(kind));
    EXPECT_EQ(connection["login-server"].value<std::string>().has_value(), is_in_tls(kind));
    EXPECT_EQ(connection["password-file"].value<std::string>().has_value(),
              !is_by_certificate(kind) && kind != LoginKind::Gtc)
        << "a code counts once";
  }
}

TEST(Link, ReadsBackAsItWasWritten) {
  for (const LoginKind kind : all_logins) {
    Request request = sample_request(kind);
    request.login.user = "DOMAIN\\anna & co@example.org";
    request.identity = "CN=vpn, O=Example";
    request.login_server = "radius & co.example.org";
    EXPECT_EQ(parse_link(to_string(link_of(request))), link_of(request));
  }
  EXPECT_EQ(to_string(Link{.gateway = "vpn.example.org",
                           .identity = {},
                           .user = "anna",
                           .login = {},
                           .login_server = {},
                           .is_eap_only = {},
                           .ca = {},
                           .ca_sha256 = {}}),
            "agilevpn://anna@vpn.example.org/?login=password");
}

TEST(Link, CarriesAShortCaItselfAndALongOneByItsFingerprint) {
  Request request = sample_request();
  EXPECT_EQ(link_of(request).ca, sample_ca().certificate().der());
  const auto rsa = crypto::CertificateAuthority::create("CN=RSA CA", crypto::KeyType::Rsa, sample_time(),
                                                        sample_time() + std::chrono::days{1});
  request.authorities = {rsa.certificate()};
  EXPECT_TRUE(link_of(request).ca.empty());
  EXPECT_EQ(link_of(request).ca_sha256, to_hex(rsa.certificate().sha256_fingerprint()));
}

TEST(Link, WhatIsNoLinkIsRefused) {
  for (const char* text :
       {"", "https://anna@vpn.example.org", "agilevpn://vpn.example.org", "agilevpn://@vpn", "agilevpn://a%zz@vpn",
        "agilevpn://a@vpn/?login=magic", "agilevpn://a@vpn/?ca=a", "agilevpn://a@vpn/?ca=+A=="}) {
    EXPECT_FALSE(parse_link(text)) << text;
  }
}

}  // namespace
}  // namespace agilevpn::profiles
