#include "profiles/android.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "profiles/page.h"
#include "profiles/suite.h"
#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

using nlohmann::json;

// "byod" is the app's word for EAP-TTLS, whose plugin it has with this type only.
const char* sswan_type(LoginKind kind) {
  if (kind == LoginKind::Certificate) return "ikev2-cert";
  if (kind == LoginKind::EapTls) return "ikev2-eap-tls";
  return is_ttls(kind) ? "ikev2-byod-eap" : "ikev2-eap";
}

Result<json, Error> sswan_login(const Request& request) {
  if (!request.uses_certificate()) {
    json local = {{"eap_id", request.login.user}};
    if (request.writes_password()) local["shared_secret"] = agilevpn::to_text(request.login.password.view());
    return local;
  }
  TRY_ASSIGN(const Secret octets, pkcs12(request));
  json local = {{"p12", base64(octets.view())}};
  const std::string id = local_identity(request);
  if (id.find('=') == std::string::npos) local["id"] = id;  // Without one it is the subject.
  return local;
}

Result<json, Error> sswan(const Request& request, const Suite& suite) {
  json remote = {{"addr", request.gateway}, {"id", request.identity}};
  const auto root = std::ranges::find_if(request.authorities, is_root);
  if (root != request.authorities.end()) remote["cert"] = base64(root->der());
  TRY_ASSIGN(const json local, sswan_login(request));
  json out = {{"uuid", uuid({"sswan", request.gateway, request.login.user})},
              {"name", request.gateway},
              {"type", sswan_type(request.login.kind)},
              {"remote", remote},
              {"local", local},
              {"ike-proposal", ike_proposal(suite)},
              {"esp-proposal", esp_proposal(suite, request.pfs)}};
  if (request.nat_keepalive != Duration{})
    out["nat-keepalive"] = std::chrono::duration_cast<std::chrono::seconds>(request.nat_keepalive).count();
  json split = json::object();
  for (const Family family : {Family::V4, Family::V6}) {
    if (request.is_full(family)) split[family == Family::V4 ? "block-ipv4" : "block-ipv6"] = true;
  }
  if (!request.is_full()) {
    for (const IpPrefix& route : request.routes) split["subnets"].push_back(route.to_string());
  }
  if (!split.empty()) out["split-tunneling"] = split;
  return out;
}

bool is_for_builtin(LoginKind kind) { return kind == LoginKind::Password || kind == LoginKind::Certificate; }

void add_builtin_values(Page& page, const Request& request) {
  if (!is_for_builtin(request.login.kind)) return;
  const bool is_password = request.login.kind == LoginKind::Password;
  page.values = {{"Name", request.gateway},
                 {"Type", is_password ? "IKEv2/IPSec MSCHAPv2" : "IKEv2/IPSec RSA"},
                 {"Server address", request.gateway},
                 {"IPSec identifier", local_identity(request)}};
  if (is_password) {
    page.values.emplace_back("IPSec CA certificate", "the CA of " + request.gateway);
    page.values.emplace_back("Username", request.login.user);
  } else {
    page.values.emplace_back("IPSec user certificate", request.login.user);
    page.values.emplace_back("IPSec CA certificate", "the CA of " + request.gateway);
  }
}

std::vector<std::string> builtin_notes(const Request& request, bool has_authority) {
  if (!is_for_builtin(request.login.kind))
    return {"Without the app this login is not possible: Android's built-in client knows no EAP but EAP-MSCHAPv2."};
  std::vector<std::string> notes = {
      "Without the app (Android 13 and later): Settings, “Network & internet”, “VPN”, “+”, with the values above."};
  if (has_authority) {
    notes.push_back("Before that, install `" + request.file_stem() +
                    "-android-ca.crt`: Settings, “Security”, “More security settings”, "
                    "“Encryption & credentials”, “Install a certificate”, “VPN & app user certificate”.");
  }
  const bool is_ecdsa =
      request.uses_certificate() && request.login.certificate->certificate.public_key().type() != crypto::KeyType::Rsa;
  if (is_ecdsa)
    notes.push_back("The built-in client signs with RSA keys only; this certificate has another kind: use the app.");
  const auto fits = choose_suite(request.policy, Platform::Android);
  if (!fits) notes.push_back("The built-in client does not fit this gateway: " + fits.error().what + ". Use the app.");
  return notes;
}

File page_of_android(const Request& request, const std::string& profile_name) {
  Page page{
      .title = "VPN to " + request.gateway + " with Android", .steps = {}, .values = {}, .notes = {}, .picture = {}};
  page.steps = {
      "Install “strongSwan VPN Client” from Google Play or F-Droid.",
      "Open `" + profile_name + "` on the phone; if that shows nothing: in the app the menu ⋮, “Import VPN profile”.",
      "“Import”, then tap `" + request.gateway + "`."};
  add_builtin_values(page, request);
  page.notes = builtin_notes(request, !request.authorities.empty());
  page.notes.insert(page.notes.begin(), password_note(request));
  return {request.file_stem() + "-android.html", to_html(page), "what to tap on Android, also without the app"};
}

}  // namespace

Result<Files, Error> write_android(const Request& request) {
  TRY_ASSIGN(const Suite suite, choose_suite(request.policy, Platform::StrongSwan));
  TRY_ASSIGN(const json profile, sswan(request, suite));
  const std::string stem = request.file_stem() + "-android";
  const bool is_secret = request.uses_certificate() || request.writes_password();
  Files files;
  files.push_back({stem + ".sswan", profile.dump(2, ' ', false, json::error_handler_t::replace) + "\n",
                   "Android: open it with the strongSwan app", is_secret});
  files.push_back(page_of_android(request, stem + ".sswan"));
  if (!is_for_builtin(request.login.kind))
    return files;  // The rest is for Android's built-in client, which knows no such login.
  const auto root = std::ranges::find_if(request.authorities, is_root);
  if (root != request.authorities.end())
    files.push_back({stem + "-ca.crt", root->to_pem(), "the CA, for Android's built-in client"});
  if (request.uses_certificate()) {
    TRY_ASSIGN(const Secret octets, pkcs12(request));
    files.push_back({stem + ".p12", agilevpn::to_text(octets.view()),
                     "the user's certificate, for Android's built-in client", true});
  }
  return files;
}

}  // namespace agilevpn::profiles
