#include "profiles/apple.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "crypto/cms.h"
#include "ike/typed_proposal.h"
#include "profiles/sample_request.h"
#include "profiles/suite.h"
#include "profiles/text.h"

namespace agilevpn::profiles {
namespace {

// The value of a key in a <dict>.
pugi::xml_node value_of(pugi::xml_node dictionary, const char* key) {
  for (const auto& node : dictionary.children("key")) {
    if (std::string_view(node.child_value()) == key) return node.next_sibling();
  }
  return {};
}
std::string text_of(pugi::xml_node dictionary, const char* key) { return value_of(dictionary, key).child_value(); }

struct Parsed {
  explicit Parsed(const Request& request, const ProfileSigner* signer = nullptr) {
    text = file_named(write_apple(request, signer).value(), ".mobileconfig").content;
    document.load_string(text.c_str());
    for (const auto& payload : value_of(document.child("plist").child("dict"), "PayloadContent").children())
      payloads[text_of(payload, "PayloadType")] = payload;
    vpn = value_of(payloads["com.apple.vpn.managed"], "IKEv2");
  }
  std::string text;
  pugi::xml_document document;
  std::map<std::string, pugi::xml_node> payloads;
  pugi::xml_node vpn;
};

// What the device would offer.
std::string offered(pugi::xml_node parameters) {
  std::string cipher = text_of(parameters, "EncryptionAlgorithm");
  cipher = cipher == "AES-256-GCM" ? "aes256gcm16" : cipher == "ChaCha20Poly1305" ? "chacha20poly1305" : cipher;
  const std::string group = text_of(parameters, "DiffieHellmanGroup");
  return cipher + (text_of(parameters, "IntegrityAlgorithm") == "SHA2-384" ? "-prfsha384-" : "-prfsha256-") +
         (group == "19"   ? "ecp256"
          : group == "31" ? "x25519"
          : group == "20" ? "ecp384"
                          : group);
}

TEST(Mobileconfig, OffersOneSuiteWhichThePolicyAccepts) {
  for (const char* ike :
       {"aes256gcm16-prfsha384-ecp384", "chacha20poly1305-prfsha256-x25519", "aes256gcm16-prfsha256-ecp256"}) {
    Request request = sample_request();
    request.policy.ike = {ike::parse_ike_proposal(ike).value()};
    EXPECT_EQ(offered(value_of(Parsed(request).vpn, "IKESecurityAssociationParameters")), ike);
  }
  EXPECT_EQ(
      text_of(value_of(Parsed(sample_request()).vpn, "ChildSecurityAssociationParameters"), "EncryptionAlgorithm"),
      "AES-256-GCM");
}

TEST(Mobileconfig, LifetimesAreLongerThanTheGatewaysAndAtMostADay) {
  Request request = sample_request();
  const auto lifetime = [&](const char* which) {
    return text_of(value_of(Parsed(request).vpn, which), "LifeTimeInMinutes");
  };
  EXPECT_EQ(lifetime("ChildSecurityAssociationParameters"), "180");
  request.ike_rekey = 12h;
  EXPECT_EQ(lifetime("IKESecurityAssociationParameters"), "1440");
  request.child_rekey = 1min;
  EXPECT_EQ(lifetime("ChildSecurityAssociationParameters"), "10");
  request.child_rekey = 0s;
  EXPECT_EQ(lifetime("ChildSecurityAssociationParameters"), "1440");
}

TEST(Mobileconfig, SaysWhomTheGatewayMustBeAndWhoLogsIn) {
  const Parsed parsed(sample_request());
  EXPECT_EQ(text_of(parsed.vpn, "RemoteIdentifier"), "vpn.example.org");
  EXPECT_EQ(text_of(parsed.vpn, "AuthenticationMethod"), "None");
  EXPECT_EQ(text_of(parsed.vpn, "ExtendedAuthEnabled"), "1");
  EXPECT_EQ(text_of(parsed.vpn, "AuthName"), "anna");
  EXPECT_FALSE(value_of(parsed.vpn, "AuthPassword"));
  EXPECT_EQ(text_of(parsed.vpn, "DisableMOBIKE"), "0");
}

TEST(Mobileconfig, ACertificateComesAsPkcs12WithItsKindAndIssuer) {
  Parsed parsed(sample_request(LoginKind::Certificate));
  EXPECT_EQ(text_of(parsed.vpn, "LocalIdentifier"), "anna");
  EXPECT_EQ(text_of(parsed.vpn, "CertificateType"), "ECDSA256");
  EXPECT_EQ(text_of(parsed.vpn, "ServerCertificateIssuerCommonName"), "Sample CA");
  EXPECT_EQ(text_of(parsed.vpn, "PayloadCertificateUUID"),
            text_of(parsed.payloads["com.apple.security.pkcs12"], "PayloadUUID"));
  EXPECT_FALSE(value_of(parsed.payloads["com.apple.security.pkcs12"], "Password"));
}

TEST(Mobileconfig, TheCaIsARootPayload) {
  Parsed parsed(sample_request());
  EXPECT_EQ(text_of(parsed.payloads["com.apple.security.root"], "PayloadContent"),
            base64(sample_ca().certificate().der()));
}

TEST(Mobileconfig, OnDemandIsWrittenAndOffUntilAsked) {
  Request request = sample_request();
  EXPECT_EQ(text_of(Parsed(request).vpn, "OnDemandEnabled"), "0");
  request.is_on_demand = true;
  const Parsed parsed(request);
  EXPECT_EQ(text_of(parsed.vpn, "OnDemandEnabled"), "1");
  EXPECT_EQ(text_of(value_of(parsed.vpn, "OnDemandRules").first_child(), "Action"), "Connect");
}

TEST(Mobileconfig, ASignedOneOpensWithTheSignersCa) {
  const Request request = sample_request();
  const Request other = sample_request(LoginKind::Certificate);
  const ProfileSigner signer{{other.login.certificate->certificate},
                             crypto::PrivateKey::parse(other.login.certificate->key.to_pem().view()).value()};
  const Parsed signed_one(request, &signer), plain(request);
  const auto content = crypto::open_cms(as_bytes(signed_one.text), {sample_ca().certificate()});
  ASSERT_TRUE(content);
  EXPECT_EQ(agilevpn::to_text(*content), plain.text);
}

}  // namespace
}  // namespace agilevpn::profiles
