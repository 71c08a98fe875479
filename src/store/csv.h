// Comma-separated values (RFC 4180), as spreadsheets write them: lines may end in LF alone, a byte order mark may come
// first, and the separator may be a semicolon or a tab where the first line has one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace agilevpn::store {

struct CsvRow {
  std::size_t line = 0;  // Of its beginning, from 1.
  std::vector<std::string> fields;
};

struct CsvError {
  std::size_t line = 0;
  std::string what;
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text);

  // Lines without anything are passed over; nothing at the end. After an error it goes on with the next line.
  Result<std::optional<CsvRow>, CsvError> next();

 private:
  Result<std::string, CsvError> field();
  Result<std::string, CsvError> quoted_field();
  Failure<CsvError> fail(std::string what);
  bool at_end_of_line() const { return rest_.empty() || rest_.front() == '\n' || rest_.starts_with("\r\n"); }
  void skip_end_of_line();

  std::string_view rest_;
  std::string_view row_;  // From the beginning of the present row on.
  char separator_ = ',';
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

// In quotes where it needs them.
std::string csv_field(std::string_view text);

}  // namespace agilevpn::store
