// Numbers, times and tables as people read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace agilevpn::cli {

std::string duration_text(std::chrono::seconds duration);  // "45 s", "41 min", "3 h 12 min", "12 days"
std::string size_text(std::uint64_t octets);               // "512 B", "1.2 MiB"
std::string join(const std::vector<std::string>& words, const char* empty = "-");

// Columns as wide as their widest cell, two spaces between them; the first row is the heading.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace agilevpn::cli
