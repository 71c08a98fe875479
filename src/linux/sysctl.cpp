#include "linux/sysctl.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "linux/file_descriptor.h"

namespace agilevpn::linux {

namespace {

std::string path_of(std::string name) {
  std::ranges::replace(name, '.', '/');
  return "/proc/sys/" + name;
}

}  // namespace

Result<std::string, Error> read_sysctl(const std::string& name) {
  std::ifstream in{path_of(name)};
  std::string value;
  if (!std::getline(in, value)) return Failure{system_error("read " + name)};
  return value;
}

Result<void, Error> write_sysctl(const std::string& name, const std::string& value) {
  std::ofstream out{path_of(name)};
  if (!(out << value << std::flush)) return Failure{system_error(fmt::format("set {} to {}", name, value))};
  return {};
}

}  // namespace agilevpn::linux
