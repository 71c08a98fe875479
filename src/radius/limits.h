// Time-outs and bounds of RADIUS: RFC 5080 §2.2.1's defaults where it has one, else ours with their why.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace agilevpn::radius::limits {

inline constexpr std::size_t packet_smallest = 20;   // RFC 2865 §3
inline constexpr std::size_t packet_largest = 4096;  // RFC 2865 §3
inline constexpr std::size_t value_largest = 253;    // RFC 2865 §5

inline constexpr auto retransmit_first = 2s;     // IRT
inline constexpr auto retransmit_longest = 16s;  // MRT
inline constexpr int retransmit_count = 5;       // MRC
inline constexpr auto request_longest = 30s;     // MRD; over all servers: a user waits no longer than that.

inline constexpr int tries_before_failover = 2;       // About six seconds: a VPN client gives up after thirty.
inline constexpr auto dead_time = 60s;                // A server that was silent is left alone for so long.
inline constexpr auto probe_wait = 5s;                // A Status-Server unanswered for so long means still dead.
inline constexpr std::size_t outstanding_max = 1024;  // Requests at a time, over all servers.
inline constexpr std::size_t sources_per_server = 4;  // Sockets towards each server: 256 identifiers each.

inline constexpr std::size_t accounting_queue_max = 16384;  // Records kept for a silent server: about 10 MB.
inline constexpr std::size_t accounting_parallel = 32;      // Records under way at a time.
inline constexpr int accounting_order_failures =
    3;  // So often a record may fail and still be waited for by On and Off.
inline constexpr auto accounting_retry_first = 15s;     // After all servers were silent,
inline constexpr auto accounting_retry_longest = 5min;  // doubling up to this.

inline constexpr auto event_timestamp_window = 300s;   // RFC 5176 §6.3
inline constexpr std::size_t coa_requests_max = 1024;  // Remembered for duplicates; older ones are forgotten first.
inline constexpr std::size_t framed_mtu = 1400;        // RFC 3579 §2.4: a bound for EAP packets that the server sends.

}  // namespace agilevpn::radius::limits
