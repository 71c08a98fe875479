// Every bound of this room that a stranger meets, with its section or its why.
#pragma once

#include <cstddef>

namespace agilevpn::eap::limits {

// Requests of one conversation, Identity and Notification included. A certificate chain in fragments of EAP-TLS takes the
// most; people take time, not rounds.
inline constexpr int rounds_max = 100;

inline constexpr std::size_t identity_size_max = 253;       // RFC 7542 §2.3; a RADIUS User-Name holds no more.
inline constexpr std::size_t notification_size_max = 1015;  // RFC 3748 §5.2

// ---- Methods in TLS (RFC 5216 §2.1.5)
inline constexpr std::size_t tls_type_data_max =
    1015;  // That we send: an EAP packet of 1020 octets passes everywhere (RFC 3748 §3.1).
inline constexpr std::size_t tls_inner_type_data_max =
    900;  // Of TLS within TLS: with the records around it still one packet.
inline constexpr std::size_t tls_message_size_max =
    32768;                                        // Of one end's turn, in fragments: ten certificates of 3 KB.
inline constexpr std::size_t ttls_avps_max = 64;  // Of one message; a login has three.

// After a wrong password two more may be tried without connecting anew ([MS-CHAP] §3.3.1, RetryCount).
inline constexpr int password_retries = 2;
inline constexpr std::size_t password_size_max = 1024;  // 256 characters of four octets, as MSCHAPv2 has it.

}  // namespace agilevpn::eap::limits
