// What a test of the simulated world relies on. Unlike CHECK, it fails the one test and not the whole program.
#pragma once

#include <stdexcept>
#include <string>

namespace agilevpn::sim {

inline void require(bool condition, const std::string& otherwise) {
  if (!condition) throw std::logic_error(otherwise);
}

}  // namespace agilevpn::sim
