// The devices that profiles are made for, by the names that people type, each with its writer.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "profiles/apple.h"
#include "profiles/file.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

enum class Device : std::uint8_t { Windows, Windows7, Apple, Android, StrongSwan, NetworkManager, Linux, Qr };

const std::vector<Device>& all_devices();
std::string_view to_string(Device device);  // "windows7"
std::optional<Device> parse_device(std::string_view text);

// Why the device's own client cannot log in so, in one sentence, with the login that serves instead. Nothing: it can.
std::optional<Error> missing_login(Device device, LoginKind kind, GatewayProof proof = GatewayProof::Certificate);

// Whether its files have the user's certificate as a PKCS#12, which a password opens.
bool locks_certificate(Device device);

Result<Files, Error> write_profile(Device device, const Request& request, const ProfileSigner* signer = nullptr);

}  // namespace agilevpn::profiles
