// How much is remembered of attempts that failed, with the why: strangers cause them.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace agilevpn::diagnosis::limits {

inline constexpr std::size_t open_max = 512;           // Attempts that go on. Beyond, the oldest is forgotten.
inline constexpr std::size_t failed_per_step = 64;     // A flood at one step leaves what failed at the others alone.
inline constexpr std::size_t failed_per_network = 16;  // Of those; an IPv4 address or an IPv6 /64.
inline constexpr auto certificate_notice = std::chrono::days{30};  // Our own certificate's end is told so long before.
inline constexpr auto fresh = 30s;  // A client that goes away so soon after it was let in did not like what it saw.

// ---- Of one attempt.
inline constexpr std::size_t proposals_max = 16;
inline constexpr std::size_t transforms_max = 16;  // Of a proposal.
inline constexpr std::size_t vendor_ids_max = 8;
inline constexpr std::size_t notifies_max = 24;
inline constexpr std::size_t selectors_max = 8;
inline constexpr std::size_t octets_max = 256;  // Of an identity, a vendor ID, a notify's data.
inline constexpr std::size_t text_max = 1024;   // Of a sentence.
inline constexpr std::size_t refusals_max = 4;

}  // namespace agilevpn::diagnosis::limits
