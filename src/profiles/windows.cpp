#include "profiles/windows.h"

#include <fmt/format.h>

#include "profiles/eap_host_config.h"
#include "profiles/page.h"
#include "profiles/profile_xml.h"
#include "profiles/text.h"
#include "profiles/windows_script.h"
#include "profiles/windows_suite.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view byte_order_mark =
    "\xef\xbb\xbf";  // Without it Windows PowerShell 5.1 reads the ANSI code page.

// @('a', 'b')
template <class Range, class Text>
std::string powershell_list(const Range& range, Text text) {
  std::string out;
  for (const auto& each : range) out += (out.empty() ? "" : ", ") + powershell(text(each));
  return "@(" + out + ")";
}

std::string authority_lines(const Request& request) {
  std::string out;
  for (const auto& authority : request.authorities) {
    out += fmt::format("Add-Authority '{}' '{}'\n", is_root(authority) ? "Root" : "CA", base64(authority.der()));
  }
  return out;
}

std::string login_lines(const Request& request) {
  if (request.login.kind == LoginKind::Certificate) {
    return "$connection.AuthenticationMethod = 'MachineCertificate'\n"
           "$issuer = Get-ChildItem Cert:\\LocalMachine\\Root | Where-Object Subject -eq $imported.Issuer | "
           "Select-Object -First 1\n"
           "if ($issuer -and (Get-Command Add-VpnConnection).Parameters.ContainsKey('MachineCertificateIssuerFilter')) "
           "{\n"
           "  $connection.MachineCertificateIssuerFilter = $issuer\n"
           "}\n";
  }
  return fmt::format(
      "$connection.AuthenticationMethod = 'Eap'\n$connection.EapConfigXmlStream = [xml] {}\n"
      "$connection.RememberCredential = $true\n",
      powershell(eap_host_config(request)));
}

std::string script_of(const Request& request, const Suite& suite, const std::string& p12) {
  const WindowsSuite names = windows_suite(suite, request.pfs);
  const bool is_machine = request.login.kind == LoginKind::Certificate,
             is_user = request.login.kind == LoginKind::EapTls;
  const auto text = [](const auto& each) { return each.to_string(); };
  const auto itself = [](const auto& each) { return each; };
  return fill(
      windows_script,
      {{"USER", request.login.user},
       {"NAME", powershell(windows_connection_name(request))},
       {"SERVER", powershell(request.gateway)},
       {"SPLIT", request.is_full() ? "$false" : "$true"},
       {"ROUTES", powershell_list(windows_routes(request), text)},
       {"DNS", powershell_list(request.dns, text)},
       {"DOMAINS", powershell_list(request.domains, itself)},
       {"PKCS12", powershell(p12)},
       {"PKCS12_PASSWORD", request.login.writes_passwords && request.uses_certificate()
                               ? powershell(agilevpn::to_text(request.login.certificate->password.view()))
                               : "''"},
       {"IMPORT_BEFORE", is_user ? "Import-UserCertificate 'Cert:\\CurrentUser\\My' | Out-Null"
                                 : "# Nothing is imported for the user alone."},
       {"IMPORT_DIRECT", is_user ? "if (-not $Elevated) { Import-UserCertificate 'Cert:\\CurrentUser\\My' | Out-Null }"
                         : is_machine ? "$imported = Import-UserCertificate 'Cert:\\LocalMachine\\My'"
                                      : "# The user's password is asked for when connecting."},
       {"AUTHORITIES", authority_lines(request)},
       {"LOGIN", login_lines(request)},
       {"AUTHENTICATION_TRANSFORM", names.authentication_transform},
       {"CIPHER_TRANSFORM", names.cipher_transform},
       {"ENCRYPTION", names.encryption},
       {"INTEGRITY", names.integrity_check},
       {"DH_GROUP", names.dh_group},
       {"PFS_GROUP", names.pfs_group},
       {"MOBILITY", request.mobility ? "0" : "1"},
       {"OUTAGE", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(request.outage).count())}});
}

File page_of(const Request& request, const std::string& script_name) {
  Page page{
      .title = "VPN to " + request.gateway + " with Windows", .steps = {}, .values = {}, .notes = {}, .picture = {}};
  page.steps = {
      "Save `" + script_name + "` on the PC, for example in Downloads.",
      "Right-click it and choose “Run with PowerShell”. Windows asks for an administrator once. If it says that "
      "scripts are not "
      "allowed, open PowerShell there and type: `powershell -ExecutionPolicy Bypass -File .\\" +
          script_name + "`",
      "It connects at the end. Later: click the network symbol beside the clock, “VPN”, `" +
          windows_connection_name(request) + "`, “Connect”.",
  };
  page.values = {{"Server", request.gateway}, {"Type", "IKEv2"}, {"Through the tunnel", routes_text(request)}};
  page.notes = {
      password_note(request),
      "Error 13801: the CA is not in the computer's store, run the script again. 13806: the certificate was not "
      "imported. 13868: the connection was made by hand, without the script. 809: this network blocks UDP 500 and "
      "4500."};
  return {request.file_stem() + "-windows.html", to_html(page), "what to click on Windows"};
}

}  // namespace

std::string windows_connection_name(const Request& request) { return "AgileVPN " + request.gateway; }

std::vector<IpPrefix> windows_routes(const Request& request) {
  std::vector<IpPrefix> routes;
  for (const IpPrefix& route : request.routes) {
    if (route.length > 0) routes.push_back(route);
  }
  // Without a route IPv6 would go around the tunnel; the cmdlet refuses ::/0.
  if (request.is_full(Family::V6)) routes.push_back(*IpPrefix::parse("2000::/3"));
  return routes;
}

Result<Files, Error> write_windows(const Request& request) {
  TRY_ASSIGN(const Suite suite, choose_suite(request.policy, Platform::Windows));
  std::string p12;
  if (request.uses_certificate()) {
    TRY_ASSIGN(const Secret octets, pkcs12(request));
    p12 = base64(octets.view());
  }
  const std::string name = request.file_stem() + "-windows.ps1";
  Files files;
  files.push_back({name, std::string(byte_order_mark) + with_crlf(script_of(request, suite, p12)),
                   "Windows 8.1 to 11: run it with PowerShell", request.uses_certificate()});
  files.push_back({request.file_stem() + "-windows-profile.xml", profile_xml(request, suite),
                   "ProfileXML for Intune and other management"});
  files.push_back(page_of(request, name));
  return files;
}

}  // namespace agilevpn::profiles
