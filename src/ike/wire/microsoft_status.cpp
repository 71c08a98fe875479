#include "ike/wire/microsoft_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/codec.h"

namespace agilevpn::ike::wire {

namespace {

struct Win32Error {
  std::uint32_t number;
  std::string_view name, text;
};
// Winerror.h and Raserror.h; the texts as short as they can be.
constexpr std::array errors = {
    Win32Error{87, "ERROR_INVALID_PARAMETER", "the parameter is incorrect"},
    Win32Error{649, "ERROR_NO_DIALIN_PERMISSION", "the account has no permission to dial in"},
    Win32Error{691, "ERROR_AUTHENTICATION_FAILURE", "the user name or password is not recognised"},
    Win32Error{717, "ERROR_NO_IP_ADDRESSES", "no IP addresses are available"},
    Win32Error{809, "ERROR_VPN_TIMEOUT", "the remote server is not responding"},
    Win32Error{812, "ERROR_SERVER_POLICY", "prevented because of a policy: the authentication method does not match"},
    Win32Error{829, "ERROR_LINK_FAILURE", "the connection was terminated"},
    Win32Error{853, "", "the certificate used for authentication is not valid"},
    Win32Error{13801, "ERROR_IPSEC_IKE_AUTH_FAIL", "IKE authentication credentials are unacceptable"},
    Win32Error{13805, "ERROR_IPSEC_IKE_TIMED_OUT", "negotiation timed out"},
    Win32Error{13806, "ERROR_IPSEC_IKE_NO_CERT", "IKE failed to find a valid machine certificate"},
    Win32Error{13816, "ERROR_IPSEC_IKE_ERROR", "an error occurred in IKE"},
    Win32Error{13843, "ERROR_IPSEC_IKE_INVALID_PAYLOAD", "invalid payload received"},
    Win32Error{13863, "ERROR_IPSEC_IKE_INVALID_SITUATION", "invalid situation"},
    Win32Error{13868, "ERROR_IPSEC_IKE_POLICY_MATCH", "policy match error"},
};

const Win32Error* find_error(std::uint32_t number) {
  const auto known = std::ranges::find(errors, number, &Win32Error::number);
  return known == errors.end() ? nullptr : &*known;
}

}  // namespace

Payload microsoft_status_notify(std::uint32_t error) {
  return notify(NotifyType::MicrosoftStatus, Writer{}.u32(error).take());
}

std::optional<std::uint32_t> microsoft_status_of(const NotifyPayload& notify) {
  if (notify.type != NotifyType::MicrosoftStatus || notify.data.size() != 4) return std::nullopt;
  return *Reader{notify.data}.u32("Win32 error");
}

std::string describe_win32_error(std::uint32_t error) {
  const Win32Error* known = find_error(error);
  if (!known || known->name.empty()) return win32_error_for_users(error);
  return fmt::format("{} ({}: {})", error, known->name, known->text);
}

std::string win32_error_for_users(std::uint32_t error) {
  const Win32Error* known = find_error(error);
  return known ? fmt::format("{} ({})", error, known->text) : fmt::format("{}", error);
}

}  // namespace agilevpn::ike::wire
