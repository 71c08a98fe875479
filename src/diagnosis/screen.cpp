#include "diagnosis/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ike/wire/microsoft_status.h"

namespace agilevpn::diagnosis {

namespace {

struct Words {
  Symptom symptom;
  std::uint32_t windows;        // 0: not known.
  std::uint32_t other_windows;  // May be seen instead.
  std::string_view apple, android, strongswan;
};
constexpr std::array all_words = {
    Words{Symptom::NoAnswer, 809, 0, "The VPN server did not respond.", "Unsuccessful", "Server is unreachable."},
    Words{Symptom::NoCommonAlgorithms, 13868, 0, "The VPN server did not respond.", "Unsuccessful",
          "Unspecified failure while connecting."},
    Words{Symptom::GatewayNotBelieved, 13801, 0, "Could not validate the server certificate.", "Unsuccessful",
          "Verifying server authentication failed."},
    Words{Symptom::ClientNotBelieved, 13801, 13806, "User Authentication failed.", "Unsuccessful",
          "User authentication failed."},
    Words{Symptom::WrongPassword, 691, 0, "User Authentication failed.", "Unsuccessful", "User authentication failed."},
    Words{Symptom::WrongMethod, 812, 691, "User Authentication failed.", "Unsuccessful", "User authentication failed."},
    Words{Symptom::NotAllowed, 649, 13801, "User Authentication failed.", "Unsuccessful",
          "User authentication failed."},
    Words{Symptom::NoTunnel, 13868, 0, "Negotiation with the VPN server failed.", "Unsuccessful",
          "Unspecified failure while connecting."},
    Words{Symptom::RekeyRefused, 829, 0, "", "", ""},
};

void add(std::vector<std::string>& out, std::string_view whose, std::string_view words) {
  if (!words.empty()) out.push_back(fmt::format("{}: \"{}\"", whose, words));
}

}  // namespace

std::vector<std::string> on_screen(Symptom symptom, PeerKind kind) {
  std::vector<std::string> out;
  const auto words = std::ranges::find(all_words, symptom, &Words::symptom);
  if (words == all_words.end() || kind == PeerKind::AgileVpn) return out;
  const bool is_unknown = kind == PeerKind::Unknown;
  if (is_unknown || is_windows(kind)) {
    out.push_back("Windows: error " + ike::wire::win32_error_for_users(words->windows));
    if (words->other_windows != 0)
      out.push_back("Windows: or error " + ike::wire::win32_error_for_users(words->other_windows));
  }
  if (is_unknown || is_apple(kind)) add(out, "iOS, macOS", words->apple);
  if (is_unknown || is_android(kind)) add(out, "Android", words->android);
  if (is_unknown || is_strongswan(kind)) add(out, "strongSwan's app", words->strongswan);
  return out;
}

}  // namespace agilevpn::diagnosis
