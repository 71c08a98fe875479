// Every time-out and bound of a client that we chose, with its why.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace agilevpn::client::limits {

inline constexpr auto attempt_first =
    1500ms;  // An address that has not answered by now: the next one is tried (RFC 8305 asks for
             // less, but what follows here is a key exchange on a busy gateway).
inline constexpr auto attempt_longest =
    24s;  // Doubles with every round over all addresses, for slow paths and gateways.
inline constexpr auto question_longest = 2min;  // For who fetches a token, or waits for a message with the code.
inline constexpr auto reconnect_first = 1s;     // After a lost session; doubles while sessions do not last.
inline constexpr auto reconnect_longest = 60s;
inline constexpr auto lasting_session = 60s;  // A session that lasted this long was a good one.
inline constexpr auto lookup_patience =
    3s;  // Name servers that nobody reaches keep the C library's resolver for longer than a person waits in silence.
inline constexpr auto resolve_retry = 5s;
inline constexpr int unresponsive_attempts = 3;  // A request sent this often, over 1.5 s: the path is taken for dead.
inline constexpr int resumptions_in_vain =
    3;  // Attempts with a ticket that nobody answered: then one asks whether anybody is there.
inline constexpr int child_sa_refusals = 4;  // Of a session without Child SA: then it is of no use.
inline constexpr auto child_sa_retry = 1s;   // Doubles with every refusal.
inline constexpr int forgotten_after =
    6;  // The gateway was there so often and did not answer the session: on a path that
        // loses 40 % of all packets a quarter of such rounds is in vain.
inline constexpr int heard_clearly = 2;  // An answer without delay counts twice: three of them, and a restart is found.
// A Windows Server ends a session after 5 minutes without traffic inside, and two of these may get lost.
inline constexpr auto inner_keepalive = 90s;
inline constexpr auto inner_keepalive_retry = 10s;  // Dormant: soon after it is awake again.
inline constexpr std::size_t authorities_max =
    40;  // CERTREQ takes 20 octets for each; a system's store has over a hundred.
inline constexpr std::size_t moves_kept = 100;       // For `agilevpn status`.
inline constexpr std::uint32_t mtu_smallest = 1280;  // IPv6's minimum (RFC 8200 §5).
inline constexpr std::uint32_t overhead = 100;  // Octets around an inner packet. AES-GCM in UDP over IPv6 takes 85 at
                                                // most; AES-CBC with HMAC-SHA2-256 over IPv4 the same.

}  // namespace agilevpn::client::limits
