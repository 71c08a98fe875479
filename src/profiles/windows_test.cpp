#include "profiles/windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "ike/typed_proposal.h"
#include "profiles/eap_host_config.h"
#include "profiles/sample_request.h"
#include "profiles/suite.h"
#include "profiles/text.h"
#include "profiles/windows7.h"

namespace agilevpn::profiles {
namespace {

using testing::HasSubstr;
using testing::Not;

pugi::xml_document profile_of(const Request& request) {
  pugi::xml_document document;
  const Files files = write_windows(request).value();
  EXPECT_TRUE(document.load_string(file_named(files, "-windows-profile.xml").content.c_str()));
  return document;
}

std::string script_text(const Request& request) {
  const Files files = write_windows(request).value();
  return file_named(files, ".ps1").content;
}

// What Windows would offer, out of the words of ProfileXML.
Suite suite_of(const pugi::xml_node& node) {
  const auto cipher = [](std::string_view name, crypto::IntegrityId integrity) {
    const auto bits = static_cast<std::uint16_t>(std::stoi(std::string(name.substr(name.find("AES") + 3))));
    return name.starts_with("GCM")
               ? crypto::CipherSuite{crypto::EncryptionId::AesGcm16, bits, crypto::IntegrityId::None}
               : crypto::CipherSuite{crypto::EncryptionId::AesCbc, bits, integrity};
  };
  const bool is_384 = std::string_view(node.child_value("IntegrityCheckMethod")) == "SHA384";
  const std::string_view group = node.child_value("DHGroup");
  return {cipher(node.child_value("EncryptionMethod"),
                 is_384 ? crypto::IntegrityId::HmacSha2_384_192 : crypto::IntegrityId::HmacSha2_256_128),
          is_384 ? crypto::PrfId::HmacSha2_384 : crypto::PrfId::HmacSha2_256,
          group == "ECP384"   ? crypto::KeyExchangeId::Ecp384
          : group == "ECP256" ? crypto::KeyExchangeId::Ecp256
                              : crypto::KeyExchangeId::Modp2048,
          cipher(node.child_value("CipherTransformConstants"), crypto::IntegrityId::HmacSha2_256_128)};
}

TEST(ProfileXml, SaysTheSuiteThatThePolicyGave) {
  for (const auto& [ike, esp] : {std::pair{"aes256gcm16-prfsha384-ecp384", "aes128gcm16"},
                                 std::pair{"aes128-sha256-modp2048", "aes256-sha256"}}) {
    Request request = sample_request();
    request.policy = {
        .name = "typed", .ike = {ike::parse_ike_proposal(ike).value()}, .esp = {ike::parse_esp_proposal(esp).value()}};
    const auto document = profile_of(request);
    const Suite suite = suite_of(document.child("VPNProfile").child("NativeProfile").child("CryptographySuite"));
    EXPECT_EQ(ike_proposal(suite), std::string(ike).starts_with("aes128-") ? "aes128-sha256-prfsha256-modp2048" : ike);
    EXPECT_EQ(esp_proposal(suite), esp);
    EXPECT_EQ(suite, choose_suite(request.policy, Platform::Windows).value());
  }
}

TEST(ProfileXml, ASplitTunnelHasItsRoutesAndDomains) {
  const auto document = profile_of(sample_request());
  const auto profile = document.child("VPNProfile");
  EXPECT_STREQ(profile.child("NativeProfile").child_value("RoutingPolicyType"), "SplitTunnel");
  EXPECT_STREQ(profile.child("NativeProfile").child_value("Servers"), "vpn.example.org");
  EXPECT_STREQ(profile.child("DomainNameInformation").child_value("DomainName"), ".corp.example.org");
  EXPECT_STREQ(profile.child("DomainNameInformation").child_value("DnsServers"), "10.20.0.53");
  std::vector<std::string> routes;
  for (const auto& route : profile.children("Route"))
    routes.push_back(std::string(route.child_value("Address")) + "/" + route.child_value("PrefixSize"));
  EXPECT_EQ(routes, (std::vector<std::string>{"10.20.0.0/16", "fd66:20::/32"}));
}

TEST(ProfileXml, AFullTunnelSendsEveryNameAndAllOfIpv6ThroughIt) {
  const auto document = profile_of(full_tunnel(sample_request()));
  const auto profile = document.child("VPNProfile");
  EXPECT_STREQ(profile.child("NativeProfile").child_value("RoutingPolicyType"), "ForceTunnel");
  EXPECT_STREQ(profile.child("DomainNameInformation").child_value("DomainName"), ".");
  EXPECT_STREQ(profile.child("Route").child_value("Address"), "2000::");
}

TEST(ProfileXml, TheEapMethodIsThatOfTheLogin) {
  const auto method = [](const Request& request) {
    const auto document = profile_of(request);
    const auto authentication = document.child("VPNProfile").child("NativeProfile").child("Authentication");
    if (authentication.child("MachineMethod")) return std::string(authentication.child_value("MachineMethod"));
    return std::string(
        authentication.first_element_by_path("Eap/Configuration/EapHostConfig/EapMethod").child_value("Type"));
  };
  EXPECT_EQ(method(sample_request(LoginKind::Password)), "26");
  EXPECT_EQ(method(sample_request(LoginKind::EapTls)), "13");
  EXPECT_EQ(method(sample_request(LoginKind::Certificate)), "Certificate");
  EXPECT_EQ(method(sample_request(LoginKind::Peap)), "25");
  EXPECT_EQ(method(sample_request(LoginKind::TtlsPap)), "21");
}

pugi::xml_node config_of(const pugi::xml_document& document) {
  return document.child("VPNProfile")
      .child("NativeProfile")
      .child("Authentication")
      .first_element_by_path("Eap/Configuration/EapHostConfig/Config");
}

std::string sample_ca_fingerprint() {
  return spaced_hex(crypto::hash(crypto::HashId::Sha1, {sample_ca().certificate().der()}));
}

TEST(ProfileXml, PeapHasMsChapV2InsideAndWantsItBoundUnlessARadiusServerDecides) {
  Request request = sample_request(LoginKind::Peap);
  for (const bool is_relayed : {false, true}) {
    request.is_relayed = is_relayed;
    const auto document = profile_of(request);
    const auto peap = config_of(document).first_element_by_path("Eap/EapType");
    EXPECT_EQ(peap.child("ServerValidation").child_value("TrustedRootCA"), sample_ca_fingerprint());
    EXPECT_STREQ(peap.child("ServerValidation").child_value("ServerNames"), "vpn.example.org");
    EXPECT_STREQ(peap.child("Eap").child_value("Type"), "26");
    EXPECT_STREQ(peap.child_value("RequireCryptoBinding"), is_relayed ? "false" : "true");
  }
}

TEST(ProfileXml, TtlsHasPapOrMsChapV2InsideAndNamesTheServer) {
  for (const auto& [kind, inside] : {std::pair{LoginKind::TtlsPap, "PAPAuthentication"},
                                     std::pair{LoginKind::TtlsMsChapV2, "MSCHAPv2Authentication"}}) {
    Request request = sample_request(kind);
    request.login_server = "radius.example.org";
    const auto document = profile_of(request);
    const auto ttls = config_of(document).child("EapTtls");
    EXPECT_STREQ(ttls.child("Phase2Authentication").first_child().name(), inside);
    EXPECT_STREQ(ttls.child("ServerValidation").child_value("ServerNames"), "radius.example.org");
    EXPECT_EQ(ttls.child("ServerValidation").child_value("TrustedRootCAHash"), sample_ca_fingerprint());
    EXPECT_STREQ(ttls.child("ServerValidation").child_value("DisablePrompt"), "true");
  }
}

TEST(WindowsScript, HasTheSameEapConfigurationAsProfileXml) {
  for (const LoginKind kind :
       {LoginKind::Password, LoginKind::EapTls, LoginKind::Peap, LoginKind::TtlsPap, LoginKind::TtlsMsChapV2}) {
    const Request request = sample_request(kind);
    const std::string script = script_text(request);
    const std::size_t begin = script.find("<EapHostConfig"), end = script.find("</EapHostConfig>");
    ASSERT_NE(end, std::string::npos);
    pugi::xml_document in_script, in_profile;
    ASSERT_TRUE(in_script.load_string(script.substr(begin, end + 16 - begin).c_str()));
    const auto profile = profile_of(request);
    in_profile.append_copy(config_of(profile).parent());
    EXPECT_EQ(to_text(in_script, false), to_text(in_profile, false));
  }
}

TEST(ProfileXml, EapTlsChecksTheServerAgainstOurCa) {
  const auto document = profile_of(sample_request(LoginKind::EapTls));
  const auto validation =
      document.child("VPNProfile")
          .child("NativeProfile")
          .child("Authentication")
          .first_element_by_path("Eap/Configuration/EapHostConfig/Config/Eap/EapType/ServerValidation");
  EXPECT_STREQ(validation.child_value("ServerNames"), "vpn.example.org");
  EXPECT_EQ(validation.child_value("TrustedRootCA"),
            spaced_hex(crypto::hash(crypto::HashId::Sha1, {sample_ca().certificate().der()})));
}

TEST(WindowsScript, HasEverythingThatTheClientMustBeTold) {
  const std::string script = script_text(sample_request());
  EXPECT_TRUE(script.starts_with("\xef\xbb\xbf"));
  for (const char* part :
       {"CipherTransformConstants = 'GCMAES256'", "DHGroup = 'ECP384'", "$Routes = @('10.20.0.0/16', 'fd66:20::/32')",
        "SplitTunneling = $true", "$Domains = @('corp.example.org')", "'NetworkOutageTime' '1800'",
        "Add-Authority 'Root'", "rasphone.exe -ArgumentList '-d'"}) {
    EXPECT_THAT(script, HasSubstr(part));
  }
  EXPECT_THAT(script, Not(HasSubstr("%%")));
  EXPECT_THAT(script, HasSubstr(base64(sample_ca().certificate().der())));
}

TEST(WindowsScript, AUsersNameIsNoCode) {
  Request request = sample_request();
  request.login.user = "anna'; Remove-Item C:\\ #";
  EXPECT_THAT(script_text(request),
              HasSubstr("# A VPN connection for anna'; Remove-Item"));  // In a comment, on one line.
  request.login.user = "anna\nRemove-Item";
  EXPECT_FALSE(check(request));
}

TEST(WindowsScript, TheCertificateGoesIntoTheComputersStore) {
  const std::string script = script_text(sample_request(LoginKind::Certificate));
  EXPECT_THAT(script, HasSubstr("Import-UserCertificate 'Cert:\\LocalMachine\\My'"));
  EXPECT_THAT(script, HasSubstr("AuthenticationMethod = 'MachineCertificate'"));
}

TEST(Windows7, SaysMobilityTheOutageTimeAndTheRegistryValue) {
  Request request = sample_request();
  request.policy = ike::compatible_policy();
  request.outage = 45min;
  const Files files = write_windows7(request).value();
  const std::string book = file_named(files, ".pbk").content;
  for (const char* part : {"[AgileVPN vpn.example.org]\r\n", "VpnStrategy=7\r\n", "DisableMobility=0\r\n",
                           "NetworkOutageTime=2700\r\n", "CustomAuthKey=26\r\n", "AuthRestrictions=128\r\n",
                           "IpPrioritizeRemote=0\r\n", "PhoneNumber=vpn.example.org\r\n"}) {
    EXPECT_THAT(book, HasSubstr(part));
  }
  EXPECT_THAT(file_named(files, ".reg").content, HasSubstr("\"NegotiateDH2048_AES256\"=dword:00000002"));
  EXPECT_THAT(file_named(files, ".cmd").content, HasSubstr("anna-windows7.pbk"));
  EXPECT_THAT(file_named(files, ".cmd").content, HasSubstr("start \"\" rasphone.exe -d \"AgileVPN vpn.example.org\""));
}

TEST(Windows7, AMachineCertificateIsAskedForByItsBit) {
  Request request = sample_request(LoginKind::Certificate);
  request.policy = ike::compatible_policy();
  EXPECT_THAT(file_named(write_windows7(request).value(), ".pbk").content, HasSubstr("AuthRestrictions=2048\r\n"));
}

}  // namespace
}  // namespace agilevpn::profiles
