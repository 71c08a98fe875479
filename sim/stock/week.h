// For tests: how long a simulated week is, and how much happens in one. Sanitizers take ten times as long for it: what they
// look for shows in two days, too.
#pragma once

#include "base/time.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // g++
#define AGILEVPN_IS_SANITIZED
#elif defined(__has_feature)  // clang++
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AGILEVPN_IS_SANITIZED
#endif
#endif

namespace agilevpn::sim::stock {

#ifdef AGILEVPN_IS_SANITIZED
inline constexpr std::size_t days_of_a_week = 2;
#else
inline constexpr std::size_t days_of_a_week = 7;
#endif

inline constexpr Duration week = days_of_a_week * 24h;

// What is `count` in seven days.
constexpr std::size_t of_a_week(std::size_t count) { return count * days_of_a_week / 7; }

}  // namespace agilevpn::sim::stock
