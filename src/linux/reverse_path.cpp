#include "linux/reverse_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

namespace agilevpn::linux {

namespace {

constexpr int strict = 1;

int filter_of(const std::filesystem::path& interface) {
  int value = 0;
  std::ifstream{interface / "rp_filter"} >> value;
  return value;
}

}  // namespace

// The higher of an interface's value and that of "all" counts.
std::string reverse_path_warning() {
  const std::filesystem::path interfaces = "/proc/sys/net/ipv4/conf";
  const int all = filter_of(interfaces / "all");
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& interface : std::filesystem::directory_iterator(interfaces, failed)) {
    const std::string name = interface.path().filename();
    if (name == "all" || name == "default" || name == "lo") continue;
    if (std::max(all, filter_of(interface)) == strict) names.push_back(name);
  }
  if (names.empty()) return {};
  std::ranges::sort(names);
  return fmt::format(
      "strict reverse-path filtering on {} drops packets of the tunnel; make it loose: sysctl -w "
      "net.ipv4.conf.all.rp_filter=2",
      fmt::join(names, ", "));
}

}  // namespace agilevpn::linux
