// An SQL statement on its way: values go in, rows come out. Made by Database::prepare().
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/time.h"
#include "store/store_error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace agilevpn::store {

class Statement {
 public:
  static Stored<Statement> prepare(sqlite3* handle, std::string_view sql);

  void bind(int place, std::int64_t value);
  void bind(int place, std::string_view value);
  void bind(int place, const std::string& value) { bind(place, std::string_view{value}); }
  void bind(int place, const char* value) { bind(place, std::string_view{value}); }
  void bind(int place, const Secret& text);
  void bind(int place, const Bytes& blob);
  void bind(int place, WallTime value);  // Kept in whole seconds.
  void bind(int place, std::chrono::sys_days value) { bind(place, std::int64_t{value.time_since_epoch().count()}); }
  template <std::integral T>
  void bind(int place, T value) {
    bind(place, static_cast<std::int64_t>(value));
  }
  template <class T>
  void bind(int place, const std::optional<T>& value) {
    if (value) bind(place, *value);  // Without it the place holds NULL.
  }

  // Whether there is a row (another one).
  Stored<bool> step();

  // Columns of the row, from 0.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  Secret secret(int column) const;
  Bytes blob(int column) const;
  WallTime time(int column) const { return WallTime{std::chrono::seconds{integer(column)}}; }
  std::optional<WallTime> optional_time(int column) const;
  std::optional<std::chrono::sys_days> optional_day(int column) const;
  template <std::integral T>
  std::optional<T> optional_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional{static_cast<T>(integer(column))};
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// What SQLite says of its last call, in our words.
StoreError sqlite_error(sqlite3* handle, int code);

}  // namespace agilevpn::store
