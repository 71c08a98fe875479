#include "profiles/profile_xml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiles/eap_host_config.h"
#include "profiles/windows.h"
#include "profiles/windows_suite.h"

namespace agilevpn::profiles {

namespace {

void add_name_rule(pugi::xml_node profile, const std::string& domain, const Request& request) {
  std::vector<std::string> servers;
  for (const IpAddress& server : request.dns) servers.push_back(server.to_string());
  pugi::xml_node rule = profile.append_child("DomainNameInformation");
  add_element(rule, "DomainName", domain);
  add_element(rule, "DnsServers", fmt::format("{}", fmt::join(servers, ",")));
}

// These rules last while the tunnel is up: "." sends every name through it, so that none leaks.
void add_name_rules(pugi::xml_node profile, const Request& request) {
  if (request.dns.empty()) return;
  if (request.is_full()) return add_name_rule(profile, ".", request);
  for (const std::string& domain : request.domains) add_name_rule(profile, "." + domain, request);
}

void add_suite(pugi::xml_node native, const WindowsSuite& names) {
  pugi::xml_node suite = native.append_child("CryptographySuite");
  add_element(suite, "AuthenticationTransformConstants", names.authentication_transform);
  add_element(suite, "CipherTransformConstants", names.cipher_transform);
  add_element(suite, "PfsGroup", names.pfs_group);
  add_element(suite, "DHGroup", names.dh_group);
  add_element(suite, "IntegrityCheckMethod", names.integrity_check);
  add_element(suite, "EncryptionMethod", names.encryption);
}

void add_authentication(pugi::xml_node native, const Request& request) {
  pugi::xml_node authentication = native.append_child("Authentication");
  if (request.login.kind == LoginKind::Certificate) {
    add_element(authentication, "MachineMethod", "Certificate");
    return;
  }
  add_element(authentication, "UserMethod", "Eap");
  add_eap_host_config(authentication.append_child("Eap").append_child("Configuration"), request);
}

void add_native_profile(pugi::xml_node profile, const Request& request, const Suite& suite) {
  pugi::xml_node native = profile.append_child("NativeProfile");
  add_element(native, "Servers", request.gateway);
  add_element(native, "RoutingPolicyType", request.is_full() ? "ForceTunnel" : "SplitTunnel");
  add_element(native, "NativeProtocolType", "IKEv2");
  add_element(native, "DisableClassBasedDefaultRoute", "true");
  add_suite(native, windows_suite(suite, request.pfs));
  add_authentication(native, request);
}

}  // namespace

std::string profile_xml(const Request& request, const Suite& suite) {
  pugi::xml_document document;
  pugi::xml_node profile = document.append_child("VPNProfile");
  add_element(profile, "RememberCredentials", "true");
  add_element(profile, "AlwaysOn", request.is_on_demand ? "true" : "false");
  if (!request.domains.empty()) add_element(profile, "DnsSuffix", request.domains.front());
  add_name_rules(profile, request);
  add_native_profile(profile, request, suite);
  for (const IpPrefix& route : windows_routes(request)) {
    pugi::xml_node node = profile.append_child("Route");
    add_element(node, "Address", route.first().to_string());
    add_element(node, "PrefixSize", std::to_string(route.length));
  }
  return to_text(document);
}

}  // namespace agilevpn::profiles
