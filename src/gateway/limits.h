// Bounds of a gateway that we chose, with their why.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace agilevpn::gateway::limits {

inline constexpr std::size_t former_leases_max = 65536;  // Remembered per pool; an IPv6 pool would remember for ever.
inline constexpr auto forgotten_silence =
    5s;  // A session this silent is dead if its client comes anew and wants its address.
inline constexpr auto call_patience =
    1500ms;  // For an older session of a client that says INITIAL_CONTACT to answer, if it is alive.
inline constexpr int dormant_attempts =
    3;  // A request sent this often without an answer: the client sleeps or is between networks,
inline constexpr auto dormant_silence = 1s;  // unless something else of it came meanwhile.

inline constexpr auto radius_patience =
    20s;  // Of one login with all RADIUS servers: its half-open IKE SA lives for 30, and
          // its client must still hear why it is refused.

inline constexpr std::size_t login_id_size = 16;  // Octets: nobody else has the same.

// ---- Wrong passwords (guessing.h). No wait is longer than a client's patience or the engine's for a half-open IKE SA.
inline constexpr int typos = 3;                  // Of one user at one place, before the first wait.
inline constexpr int guesses_at_user = 20;       // Of anybody, before a name's owner must wait too.
inline constexpr int guesses_from_network = 30;  // An office behind one NAT has as many on a Monday.
inline constexpr auto guess_delay_longest = 16s;
inline constexpr auto guess_delay_of_user = 4s;
inline constexpr auto guess_delay_of_network = 4s;
inline constexpr auto guess_memory = 15min;
inline constexpr std::size_t guesses_kept = 4096;
inline constexpr std::size_t guesses_waiting =
    8;  // Of one name from one place at a time; more would be tried side by side.

// ---- Firewall rules of a group (firewall_rules.h): what the kernel looks through for the first packet of every connection.
inline constexpr std::size_t firewall_rules_max = 1000;
inline constexpr std::size_t firewall_ports_max = 64;

}  // namespace agilevpn::gateway::limits
