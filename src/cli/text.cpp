#include "cli/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace agilevpn::cli {

std::string duration_text(std::chrono::seconds duration) {
  using namespace std::chrono;
  if (duration < 0s) duration = 0s;
  if (duration < 100s) return fmt::format("{} s", duration.count());
  if (duration < 100min) return fmt::format("{} min", duration / 1min);
  if (duration < days{2}) return fmt::format("{} h {} min", duration / 1h, duration % 1h / 1min);
  return fmt::format("{} days", duration / days{1});
}

std::string size_text(std::uint64_t octets) {
  constexpr std::array units = {"KiB", "MiB", "GiB", "TiB"};
  if (octets < 1024) return fmt::format("{} B", octets);
  double size = static_cast<double>(octets) / 1024;
  std::size_t unit = 0;
  for (; size >= 1023.95 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::string join(const std::vector<std::string>& words, const char* empty) {
  return words.empty() ? empty : fmt::format("{}", fmt::join(words, ", "));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace agilevpn::cli
