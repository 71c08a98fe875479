// The data of Microsoft's private notify 12345: a Win32 error code of 4 octets ([MS-IKEE] 2.2.7), which Windows also shows its
// user when a connection fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {

namespace microsoft_status {
inline constexpr std::uint32_t no_dialin_permission = 649;
inline constexpr std::uint32_t no_ip_addresses = 717;
inline constexpr std::uint32_t ipsec_ike_error = 13816;
inline constexpr std::uint32_t ipsec_ike_invalid_situation = 13863;
}  // namespace microsoft_status

Payload microsoft_status_notify(std::uint32_t error);
// Nothing for another notify, or data of another size.
std::optional<std::uint32_t> microsoft_status_of(const NotifyPayload& notify);

// "13863 (ERROR_IPSEC_IKE_INVALID_SITUATION: invalid situation)"; the number alone if it is not known.
std::string describe_win32_error(std::uint32_t error);
// "13863 (invalid situation)", as users know it.
std::string win32_error_for_users(std::uint32_t error);

}  // namespace agilevpn::ike::wire
