#include "profiles/eap_host_config.h"

#include <sstream>

#include "base/check.h"
#include "crypto/hash.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

#define PROVISIONING "http://www.microsoft.com/provisioning/"

// IANA "EAP Method Types"; for EAP-TTLS there is an author besides, who is Microsoft.
struct Method {
  int type;
  int author = 0;
};

Method method_of(LoginKind kind) {
  if (kind == LoginKind::EapTls) return {13};
  if (kind == LoginKind::Peap) return {25};
  return is_ttls(kind) ? Method{21, 311} : Method{26};
}

pugi::xml_node add_in_namespace(pugi::xml_node parent, const char* name, const char* space) {
  pugi::xml_node node = parent.append_child(name);
  node.append_attribute("xmlns") = space;
  return node;
}

void add_number(pugi::xml_node parent, const char* name, const char* space, int number) {
  add_in_namespace(parent, name, space).text() = number;
}

// What a method of Microsoft's own says stands in <Eap><Type/><EapType/></Eap>.
pugi::xml_node add_eap_type(pugi::xml_node parent, int type, const char* space) {
  pugi::xml_node eap = add_in_namespace(parent, "Eap", PROVISIONING "BaseEapConnectionPropertiesV1");
  add_element(eap, "Type", std::to_string(type));
  return add_in_namespace(eap, "EapType", space);
}

void add_mschapv2(pugi::xml_node parent) {
  pugi::xml_node type = add_eap_type(parent, 26, PROVISIONING "MsChapV2ConnectionPropertiesV1");
  add_element(type, "UseWinLogonCredentials", "false");
}

// The CAs of the server, by their SHA-1 fingerprints.
void add_roots(pugi::xml_node validation, const char* name, const Request& request) {
  for (const auto& authority : request.authorities) {
    if (!is_root(authority)) continue;
    add_element(validation, name, spaced_hex(crypto::hash(crypto::HashId::Sha1, {authority.der()})));
  }
}

// EAP-TLS and PEAP check the server once more, by the CA and its name, and ask nobody.
void add_validation(pugi::xml_node type, const Request& request) {
  pugi::xml_node validation = type.append_child("ServerValidation");
  add_element(validation, "DisableUserPromptForServerValidation", "true");
  add_element(validation, "ServerNames", request.eap_server());
  add_roots(validation, "TrustedRootCA", request);
}

// Without these two, added in Windows 7, the validation above does not count.
void add_validation_switches(pugi::xml_node parent, const char* space) {
  for (const char* name : {"PerformServerValidation", "AcceptServerName"})
    add_in_namespace(parent, name, space).text() = "true";
}

void add_eap_tls(pugi::xml_node config, const Request& request) {
  pugi::xml_node type = add_eap_type(config, 13, PROVISIONING "EapTlsConnectionPropertiesV1");
  add_element(type.append_child("CredentialsSource").append_child("CertificateStore"), "SimpleCertSelection", "true");
  add_validation(type, request);
  add_element(type, "DifferentUsername", "false");
  add_validation_switches(type, PROVISIONING "EapTlsConnectionPropertiesV2");
}

// Our gateway binds the login to the tunnel always; of RADIUS servers, FreeRADIUS 3 does not.
void add_peap(pugi::xml_node config, const Request& request) {
  pugi::xml_node type = add_eap_type(config, 25, PROVISIONING "MsPeapConnectionPropertiesV1");
  add_validation(type, request);
  add_element(type, "FastReconnect", "true");
  add_element(type, "InnerEapOptional", "false");
  add_mschapv2(type);
  add_element(type, "EnableQuarantineChecks", "false");
  add_element(type, "RequireCryptoBinding", request.is_relayed ? "false" : "true");
  add_validation_switches(type.append_child("PeapExtensions"), PROVISIONING "MsPeapConnectionPropertiesV2");
}

// The names are those of the schema that Windows has and of the profiles that it exports: its documentation says
// "TrustedRootCAHashes".
void add_ttls(pugi::xml_node config, const Request& request) {
  pugi::xml_node ttls = add_in_namespace(config, "EapTtls", PROVISIONING "EapTtlsConnectionPropertiesV1");
  pugi::xml_node validation = ttls.append_child("ServerValidation");
  add_element(validation, "ServerNames", request.eap_server());
  add_roots(validation, "TrustedRootCAHash", request);
  add_element(validation, "DisablePrompt", "true");
  pugi::xml_node inside = ttls.append_child("Phase2Authentication");
  if (request.login.kind == LoginKind::TtlsPap) {
    inside.append_child("PAPAuthentication");
  } else {
    add_element(inside.append_child("MSCHAPv2Authentication"), "UseWinlogonCredentials", "false");
  }
  add_element(ttls.append_child("Phase1Identity"), "IdentityPrivacy", "false");
}

void add_config(pugi::xml_node config, const Request& request) {
  switch (request.login.kind) {
    case LoginKind::Password: return add_mschapv2(config);
    case LoginKind::EapTls: return add_eap_tls(config, request);
    case LoginKind::Peap: return add_peap(config, request);
    case LoginKind::TtlsPap:
    case LoginKind::TtlsMsChapV2: return add_ttls(config, request);
    case LoginKind::Certificate:
    case LoginKind::Gtc: break;  // No EAP, or none that Windows knows.
  }
  CHECK(false);
}

}  // namespace

void add_eap_host_config(pugi::xml_node parent, const Request& request) {
  const Method method = method_of(request.login.kind);
  pugi::xml_node host = add_in_namespace(parent, "EapHostConfig", PROVISIONING "EapHostConfig");
  pugi::xml_node numbers = host.append_child("EapMethod");
  add_number(numbers, "Type", PROVISIONING "EapCommon", method.type);
  for (const char* name : {"VendorId", "VendorType"}) add_number(numbers, name, PROVISIONING "EapCommon", 0);
  add_number(numbers, "AuthorId", PROVISIONING "EapCommon", method.author);
  add_config(add_in_namespace(host, "Config", PROVISIONING "EapHostConfig"), request);
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
