// For tests that are run once for each kind: INSTANTIATE_TEST_SUITE_P(Stock, Suite, every_kind(), name_of_test).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/stock/kind.h"

namespace agilevpn::sim::stock {

inline auto every_kind() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return testing::ValuesIn(names);
}

inline std::string name_of_test(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace agilevpn::sim::stock
