// What a configuration says to the daemon and its world rather than to a role.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace agilevpn::control::config {

inline constexpr std::string_view configuration_directory = "/etc/agilevpn";
inline constexpr std::string_view default_state_directory = "/var/lib/agilevpn";
inline constexpr std::string_view default_socket = "/run/agilevpn/control.sock";

struct HostOptions {
  std::filesystem::path state_directory{default_state_directory};  // state-dir
  std::filesystem::path socket{default_socket};                    // control
  std::string interface = "vpn0";
  std::vector<IpAddress> listen;                   // Empty: every address of the host.
  bool masquerades = false;                        // A gateway's clients leave it with its own address.
  std::uint32_t replay_window = 1024;              // Packets (RFC 4303 §3.4.3).
  std::optional<std::filesystem::path> save_keys;  // A directory for Wireshark's key tables.
};

}  // namespace agilevpn::control::config
