#include "profiles/strongswan.h"

#include <fmt/format.h>

#include "profiles/page.h"
#include "profiles/pem_files.h"
#include "profiles/suite.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view swanctl_text = R"(# %%USER%% to %%GATEWAY%%, made by agilevpn: into /etc/swanctl/conf.d
connections {
  %%NAME%% {
    version = 2
    remote_addrs = %%GATEWAY%%
    vips = 0.0.0.0, ::
    proposals = %%IKE%%
    mobike = %%MOBIKE%%
    fragmentation = yes
    dpd_delay = 60s
    rekey_time = %%IKE_REKEY%%
    local {
%%LOCAL%%    }
    remote {
      auth = %%REMOTE_AUTH%%
      id = %%IDENTITY%%
%%CACERTS%%    }
    children {
      %%NAME%% {
        remote_ts = %%ROUTES%%
        esp_proposals = %%ESP%%
        rekey_time = %%CHILD_REKEY%%
        dpd_action = restart
      }
    }
  }
}
%%SECRETS%%)";

// A section's name has no dots and is the same for one gateway always.
std::string section_name(const Request& request) {
  std::string name = "agilevpn-" + request.gateway;
  for (char& c : name) {
    if (c == '.' || c == ':') c = '-';
  }
  return name;
}

// The gateway renews first.
std::string seconds_after(Duration gateway_rekey) {
  return fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(gateway_rekey * 2).count());
}

// Inside EAP-TTLS it speaks EAP, and takes what the gateway begins with: EAP-MSCHAPv2, or EAP-GTC for the password itself.
std::string_view authentication(LoginKind kind) {
  if (kind == LoginKind::Certificate) return "pubkey";
  if (kind == LoginKind::EapTls) return "eap-tls";
  if (kind == LoginKind::Gtc) return "eap-gtc";
  return is_ttls(kind) ? "eap-ttls" : "eap-mschapv2";
}

// With `eap-only` it is shown no certificate, and must believe the method (RFC 5998).
bool believes_method_alone(const Request& request) {
  return request.proof != GatewayProof::Certificate && is_in_tls(request.login.kind);
}

// It knows no CA of whom the method proved, and refuses who has none: then all in x509ca count, for the name alone.
std::string cacerts_line(const Request& request, const std::string& roots) {
  return roots.empty() || believes_method_alone(request) ? "" : "      cacerts = " + roots + "\n";
}

std::string local_lines(const Request& request, const PemFiles& pem) {
  const std::string id = swanctl(local_identity(request));
  std::string out = fmt::format("      auth = {}\n      id = {}\n", authentication(request.login.kind), id);
  if (request.uses_certificate()) out += fmt::format("      certs = {}\n", pem.certificate);
  if (request.login.kind != LoginKind::Certificate) out += fmt::format("      eap_id = {}\n", id);
  if (!request.login_server.empty() && is_in_tls(request.login.kind))
    out += fmt::format("      aaa_id = {}\n", swanctl(request.login_server));
  return out;
}

std::string secret_lines(const Request& request) {
  if (request.uses_certificate()) return "";
  const bool is_known = request.writes_password();
  const std::string lines = fmt::format("secrets {{\n  eap-{} {{\n    id = {}\n    secret = {}\n  }}\n}}\n",
                                        section_name(request), swanctl(request.login.user),
                                        is_known ? swanctl(agilevpn::to_text(request.login.password.view())) : "\"\"");
  return is_known ? lines : "# Put the password between the quotes:\n" + lines;
}

std::string routes_of(const Request& request) {
  std::string out;
  for (const IpPrefix& route : request.routes) out += (out.empty() ? "" : ", ") + route.to_string();
  return out;
}

std::string configuration_of(const Request& request, const Suite& suite, const PemFiles& pem) {
  std::string roots;
  for (const auto& [name, certificate] : pem.roots) roots += (roots.empty() ? "" : ", ") + name;
  return fill(
      swanctl_text,
      {{"USER", request.login.user},
       {"GATEWAY", request.gateway},
       {"NAME", section_name(request)},
       {"IKE", ike_proposal(suite)},
       {"ESP", esp_proposal(suite, request.pfs)},
       {"MOBIKE", request.mobility ? "yes" : "no"},
       {"IKE_REKEY", seconds_after(request.ike_rekey)},
       {"CHILD_REKEY", seconds_after(request.child_rekey)},
       {"LOCAL", local_lines(request, pem)},
       {"REMOTE_AUTH", std::string(believes_method_alone(request) ? authentication(request.login.kind) : "pubkey")},
       {"IDENTITY", swanctl(request.identity)},
       {"CACERTS", cacerts_line(request, roots)},
       {"ROUTES", routes_of(request)},
       {"SECRETS", secret_lines(request)}});
}

File page_of_strongswan(const Request& request, const std::string& folder) {
  Page page{
      .title = "VPN to " + request.gateway + " with strongSwan", .steps = {}, .values = {}, .notes = {}, .picture = {}};
  page.steps = {
      "Install strongSwan, on Debian and Ubuntu: `sudo apt install charon-systemd strongswan-swanctl "
      "libcharon-extra-plugins libcharon-extauth-plugins`",
      "Lay the folder over strongSwan's own and load it: `sudo cp -r " + folder +
          "/. /etc/swanctl/ && sudo swanctl --load-all`",
      "Connect: `sudo swanctl --initiate --child " + section_name(request) + "`"};
  page.values = {{"Gateway", request.gateway},
                 {"Identity", local_identity(request)},
                 {"Through the tunnel", routes_text(request)}};
  if (!request.uses_certificate() && !request.writes_password())
    page.notes = {"Your password goes into `/etc/swanctl/conf.d/" + section_name(request) +
                  ".conf`, between the quotes under `secrets`, before it is loaded."};
  return {request.file_stem() + "-strongswan.html", to_html(page), "what to type for strongSwan"};
}

}  // namespace

Result<Files, Error> write_strongswan(const Request& request) {
  TRY_ASSIGN(const Suite suite, choose_suite(request.policy, Platform::StrongSwan));
  const PemFiles pem = pem_files(request);
  const std::string folder = request.file_stem() + "-strongswan";
  const bool has_place_for_password = !request.uses_certificate();
  Files files;
  files.push_back({folder + "/conf.d/" + section_name(request) + ".conf", configuration_of(request, suite, pem),
                   "strongSwan: lay the folder over /etc/swanctl", has_place_for_password});
  for (const auto& [name, certificate] : pem.roots)
    files.push_back({folder + "/x509ca/" + name, certificate.to_pem(), ""});
  for (const auto& [name, certificate] : pem.intermediates)
    files.push_back({folder + "/x509/" + name, certificate.to_pem(), ""});
  if (request.uses_certificate()) {
    files.push_back({folder + "/x509/" + pem.certificate, request.login.certificate->certificate.to_pem(), ""});
    files.push_back({folder + "/private/" + pem.key, key_text(request), "", true});
  }
  files.push_back(page_of_strongswan(request, folder));
  return files;
}

}  // namespace agilevpn::profiles
