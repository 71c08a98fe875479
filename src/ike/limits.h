// Every time-out and bound of the engine that we chose, with its section or its why. What a user may set is in Settings
// (settings.h), whose defaults stand here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace agilevpn::ike::limits {

inline constexpr std::size_t nonce_size = 32;    // Octets: at least half of every PRF's key size (§2.10).
inline constexpr auto retransmit_first = 500ms;  // RFC 7296 §2.1 leaves it to us; above most round trips.
inline constexpr int retransmit_attempts =
    9;                                       // Doubling up to retransmit_longest: a request gives up after two minutes.
inline constexpr auto retransmit_soon = 4s;  // What waits longer is sent again at once when the peer is heard.
inline constexpr auto retransmit_longest = 32s;  // No pause between two tries is longer.
inline constexpr int outage_attempts = 5;  // So many tries must be lost before a short outage time ends a session.
inline constexpr auto version_answer_pause =
    100ms;  // INVALID_MAJOR_VERSION goes to anybody, so no more often than this, to all (§2.21.4).
inline constexpr auto refusal_doubt =
    1s;  // An unauthenticated refusal of IKE_SA_INIT is believed after this (§2.21.1).
inline constexpr auto half_open_lifetime = 30s;  // A responder forgets an IKE_SA_INIT that IKE_AUTH does not follow.
inline constexpr int eap_rounds_max =
    100;  // A certificate chain in fragments of EAP-TLS takes the most; people take time, not rounds.
inline constexpr auto handshake_lifetime =
    5min;  // However often a peer goes on with EAP: people type, and ask for a code.
inline constexpr auto person_patience = 2min;  // For a code that comes by telephone, after the password was right.
inline constexpr std::size_t half_open_max =
    1024;  // Beyond this, one more takes the place of whoever has most, or none.
inline constexpr std::size_t half_open_per_network_max = 64;   // Of one IPv4 address (a NAT, maybe) or IPv6 /64.
inline constexpr std::size_t cookie_threshold = 64;            // Beyond this we ask for a cookie (§2.6).
inline constexpr std::size_t cookie_threshold_of_network = 8;  // The same for one address or /64.
inline constexpr std::size_t cookie_size_max = 64;             // Of COOKIE (§2.6) and COOKIE2 (RFC 4555 §4.2.5).
inline constexpr std::size_t cookie2_size_min = 8;
inline constexpr auto cookie_secret_lifetime = 60s;  // The secret behind cookies changes; the last one still counts.
inline constexpr auto ticket_lifetime = 12h;         // RFC 5723 §9.6 leaves it to us: a working day.
inline constexpr auto ticket_kept_longest = 24h;     // An initiator keeps none for longer, whatever its lifetime.
inline constexpr auto ticket_retry = 1min;           // After TICKET_ACK; half of it, as of a lifetime.
inline constexpr std::size_t spent_tickets_max =
    65536;                                    // A responder forgets some beyond this: each needs its SK_d all the same.
inline constexpr auto close_grace = 2s;       // A Delete that is never answered: forget the SA after this.
inline constexpr auto old_child_linger = 5s;  // Packets in flight on a rekeyed Child SA are still opened.
inline constexpr auto old_ike_linger = 5s;    // An IKE SA that a rekey replaced and its owner does not delete.
inline constexpr auto one_way_silence = 1500ms;  // We seal, and nothing has come back for so long: ask at once.
inline constexpr std::uint64_t rekey_sequence_number = 0xe0000000;  // Of 32 bits: a rekey comes before they run out.
inline constexpr int return_routability_attempts = 4;  // Unanswered so often, over 3.5 s: ESP to that address pauses.
inline constexpr auto responder_outbound_wait =
    2s;  // A rekeyed Child SA's responder sends on it at the latest now (§2.8).
inline constexpr auto temporary_failure_retry = 5s;  // After TEMPORARY_FAILURE (§2.25), and up to as much more.
inline constexpr auto followup_wait = 20s;  // RFC 9370 §2.2.4: "5-20 seconds of waiting time should be appropriate".
inline constexpr int states_lost_max =
    4;  // STATE_NOT_FOUND so often, one after the other, ends the session (the same).
inline constexpr std::size_t child_sas_max = 32;  // Per IKE SA, rekeyed ones included.
inline constexpr std::size_t ike_sas_max = 4;     // Of one session: the one in use, and those that rekeys left.
inline constexpr std::size_t selectors_max = 64;  // Of a Child SA and one side; more are left out.
inline constexpr std::size_t additional_addresses_max = 16;  // Of a peer, that we keep.
inline constexpr int init_retries_max = 4;  // COOKIE and INVALID_KE_PAYLOAD answers in one IKE_SA_INIT.
inline constexpr std::size_t fragment_sets_bytes_max = 65536;  // Reassembly, per IKE SA.
inline constexpr auto reassembly_lifetime = 15s;
// Octets of IP datagram: the minimum MTU of IPv6, and no IPv4 path that we met has less (RFC 7383 §2.5.1).
inline constexpr std::size_t fragment_size = 1280;

}  // namespace agilevpn::ike::limits
