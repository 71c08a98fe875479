// The daemon's own times.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace agilevpn::daemon {

inline constexpr int ike_messages_per_turn = 64;  // Then timers, signals, RADIUS and the control socket have theirs.
inline constexpr auto traffic_interval = 1s;      // How often the engine hears what the data plane saw.
inline constexpr auto users_interval = 500ms;     // Who is disabled is out within a second.
inline constexpr auto leases_interval = 1h;       // How often old leases are forgotten.
inline constexpr std::size_t notes_waiting_max =
    2000;                                       // Log-ins to be written; a disk that hangs must not fill the memory.
inline constexpr auto calendar_interval = 60s;  // How often the roles hear the wall clock, which somebody may set.
inline constexpr auto goodbye_patience = 2s;    // How long peers may take to answer our Deletes before we end.
inline constexpr auto records_patience = 4s;    // And a RADIUS server, the last records: one try more than the first.
inline constexpr auto accounting_retry_interval = 10s;  // After records could not be written.
inline constexpr std::size_t accounting_notes_max =
    50'000;                                  // To be written; a disk that hangs must not fill the memory.
inline constexpr auto goodbye_check = 20ms;  // How often we look whether all have.

// ---- Our own certificate
inline constexpr auto files_interval =
    250ms;  // How often the files are looked at. Taken when they have stayed alike for two:
            // who is revoked comes in no more a second later.

// ---- Tickets (RFC 5723 §9.5: "The keys should be changed regularly")
inline constexpr auto ticket_key_lifetime =
    std::chrono::hours{24};  // As long as the longest-lived ticket: the key before opens all that count.
inline constexpr std::size_t ticket_keys_max = 3;

// ---- PKCS#11 tokens
inline constexpr auto token_patience = 20s;  // For a signature: a responder forgets who waits longer (ike::limits).
inline constexpr auto token_read_patience = 10s;      // For the certificate of a connection that is brought up.
inline constexpr std::size_t token_waiting_max = 64;  // A card makes one or two signatures a second, an HSM hundreds.

// ---- Is a certificate revoked? A login waits for this, and a client repeats its IKE_AUTH for half a minute.
inline constexpr auto revocation_patience = 5s;         // For one certificate, over all its sources.
inline constexpr auto revocation_source_patience = 3s;  // For one of them.
inline constexpr auto revocation_last_moment = 500ms;   // With less time left no other source is asked.
inline constexpr auto revocation_unknown_for = 30s;     // Who does not answer is not asked again by the next login.
inline constexpr auto ocsp_counts_for = 10min;  // No longer, even if the answer says so: a revocation is to count soon.
inline constexpr auto crl_counts_for = 1h;  // Then it is fetched anew, and counts until its nextUpdate if it cannot be.
inline constexpr std::size_t ocsp_size_max = 64 * 1024;
inline constexpr std::size_t crl_size_max = 8 * 1024 * 1024;  // Large public CAs have lists of a few MiB.
inline constexpr std::size_t revocation_questions_max = 64;
inline constexpr std::size_t standings_kept_max = 4096;
inline constexpr std::size_t crls_kept_max = 64;

}  // namespace agilevpn::daemon
