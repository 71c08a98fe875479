#include "profiles/eap_host_config.h"

#include <sstream>

#include "base/check.h"
#include "crypto/hash.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

#define PROVISIONING "http://www.microsoft.com/provisioning/"

constexpr int type_eap_tls = 13;  // IANA "EAP Method Types"
constexpr int type_mschapv2 = 26;

pugi::xml_node add_in_namespace(pugi::xml_node parent, const char* name, const char* space) {
  pugi::xml_node node = parent.append_child(name);
  node.append_attribute("xmlns") = space;
  return node;
}

void add_number(pugi::xml_node parent, const char* name, const char* space, int number) {
  add_in_namespace(parent, name, space).text() = number;
}

void add_mschapv2(pugi::xml_node eap) {
  pugi::xml_node type = add_in_namespace(eap, "EapType", PROVISIONING "MsChapV2ConnectionPropertiesV1");
  add_element(type, "UseWinLogonCredentials", "false");
}

// The method checks the server once more, by the CA's SHA-1 fingerprint and its name.
void add_eap_tls(pugi::xml_node eap, const Request& request) {
  pugi::xml_node type = add_in_namespace(eap, "EapType", PROVISIONING "EapTlsConnectionPropertiesV1");
  add_element(type.append_child("CredentialsSource").append_child("CertificateStore"), "SimpleCertSelection", "true");
  pugi::xml_node validation = type.append_child("ServerValidation");
  add_element(validation, "DisableUserPromptForServerValidation", "true");
  add_element(validation, "ServerNames", request.identity);
  for (const auto& authority : request.authorities) {
    if (!is_root(authority)) continue;
    add_element(validation, "TrustedRootCA", spaced_hex(crypto::hash(crypto::HashId::Sha1, {authority.der()})));
  }
  add_element(type, "DifferentUsername", "false");
  for (const char* name : {"PerformServerValidation", "AcceptServerName"}) {
    add_in_namespace(type, name, PROVISIONING "EapTlsConnectionPropertiesV2").text() = "true";
  }
}

}  // namespace

void add_eap_host_config(pugi::xml_node parent, const Request& request) {
  CHECK(request.login.kind != LoginKind::Certificate);
  const bool is_tls = request.login.kind == LoginKind::EapTls;
  const int number = is_tls ? type_eap_tls : type_mschapv2;
  pugi::xml_node host = add_in_namespace(parent, "EapHostConfig", PROVISIONING "EapHostConfig");
  pugi::xml_node method = host.append_child("EapMethod");
  add_number(method, "Type", PROVISIONING "EapCommon", number);
  for (const char* name : {"VendorId", "VendorType", "AuthorId"}) add_number(method, name, PROVISIONING "EapCommon", 0);
  pugi::xml_node config = add_in_namespace(host, "Config", PROVISIONING "EapHostConfig");
  pugi::xml_node eap = add_in_namespace(config, "Eap", PROVISIONING "BaseEapConnectionPropertiesV1");
  add_element(eap, "Type", std::to_string(number));
  if (is_tls) {
    add_eap_tls(eap, request);
  } else {
    add_mschapv2(eap);
  }
}

std::string eap_host_config(const Request& request) {
  pugi::xml_document document;
  add_eap_host_config(document, request);
  return to_text(document, false);
}

std::string to_text(const pugi::xml_document& document, bool is_indented) {
  std::ostringstream out;
  const unsigned format = is_indented ? pugi::format_indent : pugi::format_raw | pugi::format_no_declaration;
  document.save(out, "  ", format, pugi::encoding_utf8);
  return out.str();
}

pugi::xml_node add_element(pugi::xml_node parent, const char* name, const std::string& value) {
  pugi::xml_node node = parent.append_child(name);
  node.text() = value.c_str();
  return node;
}

}  // namespace agilevpn::profiles
