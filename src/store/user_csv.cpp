#include "store/user_csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "store/csv.h"
#include "store/day.h"
#include "store/name.h"

namespace agilevpn::store {

namespace {

enum class Column : std::uint8_t { Name, Password, Group, Expires, Devices, Enabled, Note };
constexpr std::string_view column_names[] = {"name", "password", "group", "expires", "devices", "enabled", "note"};

std::string shown(std::string_view text) {
  return is_printable(text) && text.size() <= limits::name_size_max ? std::string(text) : "?";
}

// ---- the heading

Result<std::vector<Column>, Error> parse_heading(const std::vector<std::string>& fields) {
  std::vector<Column> columns;
  for (const std::string& field : fields) {
    const auto found = std::ranges::find(column_names, to_lower(trim(field)));
    if (found == std::end(column_names)) {
      return Failure{Error{fmt::format("unknown column '{}'", shown(field)),
                           fmt::format("the first line names the columns: {}", fmt::join(column_names, ","))}};
    }
    const auto column = static_cast<Column>(found - column_names);
    if (std::ranges::find(columns, column) != columns.end())
      return Failure{Error{fmt::format("column {} is there twice", *found), ""}};
    columns.push_back(column);
  }
  if (std::ranges::find(columns, Column::Name) == columns.end()) {
    return Failure{Error{"there is no column 'name'",
                         fmt::format("the first line names the columns: {}", fmt::join(column_names, ","))}};
  }
  return columns;
}

// ---- one user

Result<std::optional<unsigned>, Error> parse_devices(std::string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size())
    return Failure{Error{fmt::format("'{}' is no number of devices", shown(text)), ""}};
  return count;
}

Result<std::optional<std::chrono::sys_days>, Error> parse_expires(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto day = parse_day(text);
  if (!day) return Failure{Error{fmt::format("'{}' is no day", shown(text)), "as in 2027-01-31"}};
  return day;
}

Result<bool, Error> parse_enabled(std::string_view text) {
  const std::string word = to_lower(text);
  for (const std::string_view yes : {"", "yes", "true", "1"}) {
    if (word == yes) return true;
  }
  for (const std::string_view no : {"no", "false", "0"}) {
    if (word == no) return false;
  }
  return Failure{Error{fmt::format("'{}' is neither yes nor no", shown(text)), ""}};
}

Result<void, Error> set_column(UserCsvRow& row, Column column, const std::string& field) {
  const std::string_view text = trim(field);
  switch (column) {
    case Column::Name: row.user.name = text; break;
    case Column::Password: row.password = Secret(to_bytes(field)); break;  // RFC 4180 §2.4: spaces are part of a field.
    case Column::Group:
      if (!text.empty()) row.user.group = text;
      break;
    case Column::Expires: {
      TRY_ASSIGN(row.user.expires, parse_expires(text));
      break;
    }
    case Column::Devices: {
      TRY_ASSIGN(row.user.devices_max, parse_devices(text));
      break;
    }
    case Column::Enabled: {
      TRY_ASSIGN(row.user.is_enabled, parse_enabled(text));
      break;
    }
    case Column::Note: row.user.note = text; break;
  }
  return {};
}

// All the mistakes of one line, in the order of its columns.
Result<UserCsvRow, std::vector<Error>> parse_row(const std::vector<Column>& columns, const CsvRow& csv) {
  if (csv.fields.size() != columns.size()) {
    return Failure{
        std::vector{Error{fmt::format("{} fields where the heading has {}", csv.fields.size(), columns.size()),
                          "a comma too many, or a quote too few"}}};
  }
  UserCsvRow row{.line = csv.line, .user = {}, .password = {}};
  std::vector<Error> mistakes;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (auto set = set_column(row, columns[i], csv.fields[i]); !set)
      mistakes.push_back({fmt::format("{}: {}", column_names[static_cast<std::size_t>(columns[i])], set.error().what),
                          set.error().help});
  if (row.user.name.empty()) mistakes.insert(mistakes.begin(), Error{"name: it is empty", ""});
  if (!mistakes.empty()) return Failure{std::move(mistakes)};
  return row;
}

// Which line has a name first: that one counts, even if it has a mistake, and later ones are mistakes.
class NameLines {
 public:
  explicit NameLines(const std::vector<Column>& columns)
      : column_(static_cast<std::size_t>(std::ranges::find(columns, Column::Name) - columns.begin())) {}

  Result<void, Error> add(const CsvRow& csv) {
    if (column_ >= csv.fields.size()) return {};
    const std::string_view name = trim(csv.fields[column_]);
    const auto [first, is_new] = lines_.try_emplace(name_key(name), csv.line);
    if (is_new || name.empty()) return {};
    return Failure{Error{fmt::format("name: line {} has the name {} already", first->second, shown(name)),
                         "one line for each user"}};
  }

 private:
  std::size_t column_;
  std::map<std::string, std::size_t> lines_;
};

// The next row, the errors before it noted.
std::optional<CsvRow> next_row(CsvReader& reader, std::vector<UserCsvError>& errors) {
  for (;;) {
    auto row = reader.next();
    if (row) return std::move(*row);
    errors.push_back({row.error().line, {row.error().what, ""}});
  }
}

UserCsv refused_file(std::size_t line, Error error) {
  UserCsv out;
  out.errors.push_back({line, std::move(error)});
  return out;
}

}  // namespace

UserCsv parse_user_csv(std::string_view text) {
  if (text.size() > limits::csv_size_max)
    return refused_file(1, {"the file is too large", fmt::format("{} MiB at most", limits::csv_size_max >> 20)});
  CsvReader reader(text);
  const auto heading = reader.next();
  if (!heading) return refused_file(heading.error().line, {heading.error().what, ""});
  if (!*heading) return refused_file(1, {"the file is empty", "the first line names the columns"});
  const auto columns = parse_heading((*heading)->fields);
  if (!columns) return refused_file((*heading)->line, columns.error());
  UserCsv out;
  NameLines names(*columns);
  while (const auto csv = next_row(reader, out.errors)) {
    if (out.rows.size() == limits::csv_rows_max)
      return refused_file(csv->line,
                          {fmt::format("more than {} users in one file", limits::csv_rows_max), "cut it in two"});
    const auto is_first = names.add(*csv);
    if (!is_first) out.errors.push_back({csv->line, is_first.error()});
    auto row = parse_row(*columns, *csv);
    if (row && is_first) out.rows.push_back(std::move(*row));
    if (!row)
      for (Error& mistake : row.error()) out.errors.push_back({csv->line, std::move(mistake)});
  }
  return out;
}

std::string user_csv(const std::vector<User>& users) {
  std::string out = "name,group,expires,devices,enabled,note\r\n";
  for (const User& user : users) {
    out += fmt::format("{},{},{},{},{},{}\r\n", csv_field(user.name), csv_field(user.group),
                       user.expires ? day_text(*user.expires) : "",
                       user.devices_max ? std::to_string(*user.devices_max) : "", user.is_enabled ? "yes" : "no",
                       csv_field(user.note));
  }
  return out;
}

}  // namespace agilevpn::store
