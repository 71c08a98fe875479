#include "profiles/linux_client.h"

#include <fmt/format.h>

#include <ranges>

#include "profiles/link.h"
#include "profiles/page.h"
#include "profiles/pem_files.h"
#include "profiles/suite.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view password_file = "password";

std::string toml_line(std::string_view key, const std::string& text) {
  return fmt::format("{} = {}\n", key, toml(text));
}

std::string routes_line(const Request& request) {
  if (request.is_full(Family::V4) && request.is_full(Family::V6)) return "";
  std::string list;
  for (const IpPrefix& route : request.routes) list += (list.empty() ? "" : ", ") + toml(route.to_string());
  return "routes = [" + list + "]\n";
}

std::string authority_line(const PemFiles& pem) {
  std::string list;
  for (const auto& [name, certificate] : pem.roots) list += (list.empty() ? "" : ", ") + toml(name);
  return "ca = " + (pem.roots.size() == 1 ? list : "[" + list + "]") + "\n";
}

std::string certificate_lines(const PemFiles& pem) {
  return toml_line("certificate", pem.certificate) + toml_line("key", pem.key);
}

// A code that counts once is asked for by `agilevpn up`.
bool has_password_file(const Request& request) {
  return !request.uses_certificate() && (request.login.kind != LoginKind::Gtc || request.writes_password());
}

std::string login_toml(const Request& request, const PemFiles& pem) {
  std::string out;
  if (request.uses_certificate()) out += certificate_lines(pem);
  if (request.login.kind != LoginKind::Certificate) out += toml_line("user", request.login.user);
  if (has_password_file(request)) out += toml_line("password-file", std::string(password_file));
  return out + login_lines(link_of(request));
}

// Both ends know the named policies; typed proposals must be told.
std::string policy_lines(const Request& request, const Suite& suite) {
  if (ike::find_policy(request.policy.name)) return toml_line("policy", request.policy.name);
  return toml_line("ike", ike_proposal(suite)) + toml_line("esp", esp_proposal(suite));
}

std::string client_toml(const Request& request, const Suite& suite, const PemFiles& pem) {
  std::string out = fmt::format("# {} to {}, made by agilevpn, for /etc/agilevpn\n[{}]\n", request.login.user,
                                request.gateway, toml(request.gateway));
  out += toml_line("gateway", request.gateway);
  if (request.identity != request.gateway) out += toml_line("gateway-id", request.identity);
  out += login_toml(request, pem);
  out += pem.roots.empty() ? toml_line("ca", "system")
                           : authority_line(pem);  // Without one of its own, of a CA that everybody knows.
  out += policy_lines(request, suite) + routes_line(request);
  out += fmt::format("outage = \"{}m\"\n", std::chrono::duration_cast<std::chrono::minutes>(request.outage).count());
  if (!request.mobility) out += "mobility = false\n";
  return out;
}

// The link adds a connection to those that are there. It carries one CA at most.
std::string import_command(const Request& request, const PemFiles& pem, const std::string& folder) {
  std::string out = "sudo agilevpn import '" + to_string(link_of(request)) + "'";
  for (const auto& [name, certificate] : pem.roots | std::views::drop(link_of(request).ca.empty() ? 0 : 1))
    out += " --ca " + folder + "/" + name;
  if (request.uses_certificate())
    out += " --certificate " + folder + "/" + pem.certificate + " --key " + folder + "/" + pem.key;
  return out;
}

File page_of_linux(const Request& request, const PemFiles& pem, const std::string& folder) {
  Page page{.title = "VPN to " + request.gateway + " with AgileVPN on Linux",
            .steps = {},
            .values = {},
            .notes = {},
            .picture = {}};
  page.steps = {"Install AgileVPN, if it is not there.",
                "Put the files in place: `sudo install -d /etc/agilevpn && sudo cp -n " + folder + "/* /etc/agilevpn/`",
                "Start it, now and at every boot: `sudo systemctl enable --now agilevpn-client`",
                "See that it is connected: `agilevpn status`"};
  page.notes = {"Instead of putting files in place, and always where a `client.toml` is there already: `" +
                import_command(request, pem, folder) + "`"};
  if (has_password_file(request) && !request.writes_password())
    page.steps.insert(page.steps.begin() + 2, "Write your password into `/etc/agilevpn/" + std::string(password_file) +
                                                  "` and `sudo chmod 600` it.");
  if (!request.uses_certificate() && !has_password_file(request))
    page.steps.insert(page.steps.end() - 1,
                      "Connect: `sudo agilevpn up " + request.gateway + "`. It asks for your password or code.");
  page.values = {{"Gateway", request.gateway},
                 {"Through the tunnel", routes_text(request)},
                 {"Link", to_string(link_of(request))}};
  return {request.file_stem() + "-linux.html", to_html(page), "what to type on Linux"};
}

}  // namespace

std::string login_lines(const Link& link) {
  const LoginKind kind = link.login;
  std::string out;
  if (kind == LoginKind::EapTls) out = "methods = [\"tls\"]\n";
  if (kind == LoginKind::Peap) out = "methods = [\"peap\"]\n";
  if (kind == LoginKind::Gtc) out = "methods = [\"gtc\"]\n";
  if (is_ttls(kind))
    out = "methods = [\"ttls\"]\n" + toml_line("ttls-inside", kind == LoginKind::TtlsPap ? "pap" : "mschapv2");
  if (!link.login_server.empty() && is_in_tls(kind)) out += toml_line("login-server", link.login_server);
  return link.is_eap_only ? out + "eap-only = true\n" : out;
}

Result<Files, Error> write_linux(const Request& request) {
  TRY_ASSIGN(const Suite suite, choose_suite(request.policy, Platform::StrongSwan));
  const PemFiles pem = pem_files(request);
  const std::string folder = request.file_stem() + "-linux";
  Files files;
  files.push_back(
      {folder + "/client.toml", client_toml(request, suite, pem), "Linux with AgileVPN: into /etc/agilevpn"});
  for (const auto& [name, certificate] : pem.roots) files.push_back({folder + "/" + name, certificate.to_pem(), ""});
  if (request.uses_certificate()) {
    files.push_back({folder + "/" + pem.certificate, request.login.certificate->certificate.to_pem(), ""});
    files.push_back({folder + "/" + pem.key, key_text(request), "", true});
  } else if (has_password_file(request)) {
    files.push_back({folder + "/" + std::string(password_file),
                     request.writes_password() ? agilevpn::to_text(request.login.password.view()) + "\n" : "", "",
                     true});
  }
  files.push_back({request.file_stem() + "-linux.link", to_string(link_of(request)) + "\n", "the link, on one line"});
  files.push_back(page_of_linux(request, pem, folder));
  return files;
}

}  // namespace agilevpn::profiles
