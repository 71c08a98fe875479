#include "profiles/device.h"

#include <fmt/format.h>

#include <algorithm>

#include "profiles/android.h"
#include "profiles/linux_client.h"
#include "profiles/networkmanager.h"
#include "profiles/qr.h"
#include "profiles/strongswan.h"
#include "profiles/windows.h"
#include "profiles/windows7.h"

namespace agilevpn::profiles {

namespace {

// What the client of a device does not know; empty: it knows this login.
std::string_view lacks(Device device, LoginKind kind) {
  const bool is_ttls_or_peap = is_ttls(kind) || kind == LoginKind::Peap;
  const bool is_gtc = kind == LoginKind::Gtc;
  if (is_gtc && (device == Device::Windows || device == Device::Windows7)) return "Windows knows no EAP-GTC";
  if (is_gtc && device == Device::Apple) return "Apple's devices know no EAP-GTC";
  switch (device) {
    case Device::Windows:
    case Device::Linux:
    case Device::Qr: return "";
    case Device::Windows7:
      return is_ttls_or_peap ? "Windows 7 knows no EAP-TTLS, and PEAP in TLS 1.0 only, which is refused" : "";
    case Device::Apple: return is_ttls_or_peap ? "Apple's devices know neither PEAP nor EAP-TTLS in IKEv2" : "";
    case Device::Android:
      return kind == LoginKind::Peap ? "neither strongSwan's app nor Android's own client knows PEAP" : "";
    case Device::StrongSwan:
    case Device::NetworkManager:
      return kind == LoginKind::Peap ? "strongSwan knows no PEAP as distributions build it" : "";
  }
  return "";
}

bool is_ours(Device device) { return device == Device::Linux || device == Device::Qr; }

// strongSwan's clients ask to do without the certificate (RFC 5998) whatever they are told. Only swanctl.conf can tell them to believe
// a method that proves the gateway; the others miss the certificate afterwards.
std::string_view misses_certificate(Device device, LoginKind kind) {
  if (device == Device::StrongSwan && !is_in_tls(kind))
    return "this method does not prove the gateway to strongSwan, which is shown no certificate where eap-only is true";
  if (device == Device::Android)
    return "strongSwan's app wants the gateway's certificate, and is shown none where eap-only is true";
  if (device == Device::NetworkManager)
    return "NetworkManager's strongSwan wants the gateway's certificate, and is shown none where eap-only is true";
  return "";
}

std::optional<Error> missing_proof(Device device, LoginKind kind, GatewayProof proof) {
  const bool is_told_alone = device == Device::StrongSwan || is_ours(device);  // That the method alone counts.
  if (proof == GatewayProof::None && !(is_told_alone && is_in_tls(kind))) {
    return Error{
        "the gateway has no certificate of its own, which this device and this login need",
        fmt::format("[certificate] in gateway.toml{}", is_told_alone ? "; or --login eap-tls, peap or eap-ttls" : "")};
  }
  if (proof != GatewayProof::CertificateUnlessAsked || kind == LoginKind::Certificate) return std::nullopt;
  const std::string_view what = misses_certificate(device, kind);
  if (what.empty()) return std::nullopt;
  return Error{std::string(what), fmt::format("--login certificate{}; or take eap-only out of gateway.toml",
                                              device == Device::StrongSwan ? ", eap-tls or eap-ttls" : "")};
}

}  // namespace

const std::vector<Device>& all_devices() {
  static const std::vector<Device> devices = {Device::Windows, Device::Windows7,   Device::Apple,
                                              Device::Android, Device::StrongSwan, Device::NetworkManager,
                                              Device::Linux,   Device::Qr};
  return devices;
}

std::string_view to_string(Device device) {
  switch (device) {
    case Device::Windows: return "windows";
    case Device::Windows7: return "windows7";
    case Device::Apple: return "apple";
    case Device::Android: return "android";
    case Device::StrongSwan: return "strongswan";
    case Device::NetworkManager: return "networkmanager";
    case Device::Linux: return "linux";
    case Device::Qr: return "qr";
  }
  return "";
}

std::optional<Device> parse_device(std::string_view text) {
  const auto found = std::ranges::find(all_devices(), text, [](Device device) { return to_string(device); });
  return found == all_devices().end() ? std::nullopt : std::optional{*found};
}

std::optional<Error> missing_login(Device device, LoginKind kind, GatewayProof proof) {
  const std::string_view what = lacks(device, kind);
  if (what.empty()) return missing_proof(device, kind, proof);
  return Error{std::string(what), is_password_itself(kind)
                                      ? "--login certificate"
                                      : "--login password where the gateway offers mschapv2, or --login certificate"};
}

bool locks_certificate(Device device) {
  return device == Device::Windows || device == Device::Windows7 || device == Device::Apple ||
         device == Device::Android;
}

Result<Files, Error> write_profile(Device device, const Request& request, const ProfileSigner* signer) {
  TRY(check(request));
  if (auto missing = missing_login(device, request.login.kind, request.proof)) return Failure{*std::move(missing)};
  switch (device) {
    case Device::Windows: return write_windows(request);
    case Device::Windows7: return write_windows7(request);
    case Device::Apple: return write_apple(request, signer);
    case Device::Android: return write_android(request);
    case Device::StrongSwan: return write_strongswan(request);
    case Device::NetworkManager: return write_networkmanager(request);
    case Device::Linux: return write_linux(request);
    case Device::Qr: return write_qr(request);
  }
  return Files{};
}

}  // namespace agilevpn::profiles
