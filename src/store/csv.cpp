#include "store/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "store/limits.h"

namespace agilevpn::store {

CsvReader::CsvReader(std::string_view text) : rest_(text) {
  if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
  const std::string_view heading = rest_.substr(0, rest_.find('\n'));
  // What separates in the heading separates everywhere: names of columns have none of the three in them.
  const auto found = heading.find_first_of(",;\t");
  if (found != heading.npos) separator_ = heading[found];
}

Result<std::optional<CsvRow>, CsvError> CsvReader::next() {
  while (!rest_.empty() && at_end_of_line()) skip_end_of_line();
  if (rest_.empty()) return std::nullopt;
  row_ = rest_;
  row_line_ = line_;
  CsvRow row{.line = line_, .fields = {}};
  for (;;) {
    if (row.fields.size() == limits::csv_columns_max)
      return fail(fmt::format("more than {} columns", limits::csv_columns_max));
    TRY_ASSIGN(std::string one, field());
    if (!is_utf8(as_bytes(one))) return fail("it is not in UTF-8: save the table as \"CSV UTF-8\"");
    row.fields.push_back(std::move(one));
    if (at_end_of_line()) break;
    rest_.remove_prefix(1);  // The separator.
  }
  skip_end_of_line();
  return row;
}

Result<std::string, CsvError> CsvReader::field() {
  if (rest_.starts_with('"')) return quoted_field();
  const char ends[] = {separator_, '\n', '"'};
  const auto size = std::min(rest_.find_first_of(std::string_view{ends, sizeof(ends)}), rest_.size());
  if (size < rest_.size() && rest_[size] == '"') return fail("a quote within a field that does not begin with one");
  std::string_view text = rest_.substr(0, size);
  if (text.ends_with('\r') && (size == rest_.size() || rest_[size] == '\n')) text.remove_suffix(1);
  if (text.size() > limits::csv_field_size_max) return fail("a field is too long");
  rest_.remove_prefix(text.size());
  if (rest_ == "\r") rest_ = {};
  return std::string{text};
}

// RFC 4180 §2.7: "If double-quotes are used to enclose fields, then a double-quote appearing inside a field must be
// escaped by preceding it with another double quote."
Result<std::string, CsvError> CsvReader::quoted_field() {
  rest_.remove_prefix(1);
  std::string text;
  for (;;) {
    if (rest_.empty()) return fail("a quote is never closed");
    if (text.size() > limits::csv_field_size_max) return fail("a field is too long, or its quote is never closed");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') ++line_;
    if (c != '"') {
      text += c;
    } else if (rest_.starts_with('"')) {
      text += c;
      rest_.remove_prefix(1);
    } else {
      break;
    }
  }
  if (!at_end_of_line() && rest_.front() != separator_) return fail("something follows a closing quote");
  return text;
}

Failure<CsvError> CsvReader::fail(std::string what) {
  const auto end = row_.find('\n');
  rest_ = end == row_.npos ? std::string_view{} : row_.substr(end + 1);
  line_ = row_line_ + 1;
  return Failure{CsvError{row_line_, std::move(what)}};
}

void CsvReader::skip_end_of_line() {
  if (rest_.empty()) return;
  rest_.remove_prefix(rest_.front() == '\r' ? 2 : 1);
  ++line_;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",;\t\r\n") == text.npos) return std::string{text};
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace agilevpn::store
