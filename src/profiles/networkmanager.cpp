#include "profiles/networkmanager.h"

#include <fmt/format.h>

#include "profiles/page.h"
#include "profiles/pem_files.h"
#include "profiles/suite.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view certificates_folder = "/etc/NetworkManager/agilevpn";

constexpr std::string_view install_text = R"sh(#!/bin/sh
# Puts the connection and its certificates where NetworkManager reads them. Run it as root.
set -eu
cd "$(dirname "$0")"
install -d -m 755 %%FOLDER%%
%%CERTIFICATES%%install -m 600 '%%KEYFILE%%' /etc/NetworkManager/system-connections/
nmcli connection reload
echo 'Connect with: nmcli connection up %%NAME%%'
)sh";

// One line of [vpn].
std::string keyfile_line(std::string_view key, const std::string& value) {
  return fmt::format("{}={}\n", key, keyfile(value));
}

std::string place(const std::string& name) { return fmt::format("{}/{}", certificates_folder, name); }

std::string login_data(const Request& request, const PemFiles& pem) {
  if (!request.uses_certificate()) {  // By the method that the gateway begins with.
    return keyfile_line("method", "eap") + keyfile_line("user", request.login.user) +
           keyfile_line("password-flags", request.writes_password() ? "0" : "1");  // 1: ask.
  }
  const bool is_tls = request.login.kind == LoginKind::EapTls;
  return keyfile_line("method", is_tls ? "eap-tls" : "key") + (is_tls ? keyfile_line("cert-source", "file") : "") +
         keyfile_line("usercert", place(pem.certificate)) + keyfile_line("userkey", place(pem.key)) +
         keyfile_line("local-identity", local_identity(request)) +
         keyfile_line("password-flags", "4");  // 4: not needed.
}

std::string keyfile_of(const Request& request, const Suite& suite, const PemFiles& pem) {
  std::string out = "[connection]\n" + keyfile_line("id", request.gateway) +
                    keyfile_line("uuid", uuid({"networkmanager", request.gateway, request.login.user})) +
                    "type=vpn\nautoconnect=false\n\n[vpn]\n";
  out += keyfile_line("service-type", "org.freedesktop.NetworkManager.strongswan") +
         keyfile_line("address", request.gateway) + keyfile_line("remote-identity", request.identity);
  if (!pem.roots.empty()) out += keyfile_line("certificate", place(pem.roots.front().first));
  out += login_data(request, pem);
  out += "virtual=yes\nencap=yes\nipcomp=no\nproposal=yes\n" + keyfile_line("ike", ike_proposal(suite)) +
         keyfile_line("esp", esp_proposal(suite, request.pfs));
  if (!request.is_full()) {
    std::string routes;
    for (const IpPrefix& route : request.routes) routes += (routes.empty() ? "" : ";") + route.to_string();
    out += keyfile_line("remote-ts", routes);
  }
  if (request.writes_password()) {
    out += "\n[vpn-secrets]\n" + keyfile_line("password", agilevpn::to_text(request.login.password.view()));
  }
  return out + "\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n";
}

std::string install_of(const Request& request, const PemFiles& pem, const std::string& keyfile_name) {
  std::string certificates;
  for (const auto& [name, certificate] : pem.roots)
    certificates += fmt::format("install -m 644 '{}' {}/\n", name, certificates_folder);
  if (request.uses_certificate()) {
    certificates += fmt::format("install -m 644 '{}' {}/\n", pem.certificate, certificates_folder);
    certificates += fmt::format("install -m 600 '{}' {}/\n", pem.key, certificates_folder);
  }
  return fill(install_text, {{"FOLDER", std::string(certificates_folder)},
                             {"CERTIFICATES", certificates},
                             {"KEYFILE", keyfile_name},
                             {"NAME", request.gateway}});
}

File page_of_networkmanager(const Request& request, const std::string& folder) {
  Page page{.title = "VPN to " + request.gateway + " with NetworkManager",
            .steps = {},
            .values = {},
            .notes = {},
            .picture = {}};
  page.steps = {"Install the plugin, on Debian and Ubuntu: `sudo apt install network-manager-strongswan`",
                "Put the connection and its certificates in place: `sudo sh " + folder + "/install.sh`",
                "Switch it on in the network menu, or type: `nmcli --ask connection up " + request.gateway + "`"};
  page.values = {{"Gateway", request.gateway},
                 {"Identity", local_identity(request)},
                 {"Through the tunnel", routes_text(request)}};
  if (!request.uses_certificate()) page.notes = {password_note(request)};
  return {request.file_stem() + "-networkmanager.html", to_html(page), "what to click on a Linux desktop"};
}

}  // namespace

Result<Files, Error> write_networkmanager(const Request& request) {
  TRY_ASSIGN(const Suite suite, choose_suite(request.policy, Platform::StrongSwan));
  const PemFiles pem = pem_files(request);
  const std::string folder = request.file_stem() + "-networkmanager",
                    name = safe_file_name(request.gateway) + ".nmconnection";
  Files files;
  files.push_back({folder + "/install.sh", install_of(request, pem, name), "NetworkManager: run it as root"});
  // NetworkManager refuses a keyfile that others may read.
  files.push_back({folder + "/" + name, keyfile_of(request, suite, pem), "", true});
  for (const auto& [root, certificate] : pem.roots) files.push_back({folder + "/" + root, certificate.to_pem(), ""});
  if (request.uses_certificate()) {
    files.push_back({folder + "/" + pem.certificate, request.login.certificate->certificate.to_pem(), ""});
    files.push_back({folder + "/" + pem.key, key_text(request), "", true});
  }
  files.push_back(page_of_networkmanager(request, folder));
  return files;
}

}  // namespace agilevpn::profiles
