// CHECK(condition): only a bug can make it false. It stays on in releases and ends the program with its place.
// For what a peer, the network or a configuration may do, return a Result.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace agilevpn::detail {
[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed: a bug in agilevpn, please report it\n", file, line, condition);
  std::abort();
}
}  // namespace agilevpn::detail

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::agilevpn::detail::check_failed(#condition, __FILE__, __LINE__))
