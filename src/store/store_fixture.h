// A database in a folder of its own, for tests.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "store/users.h"

namespace agilevpn::store {

// The value, or a failed test that says the error and ends here.
template <class T>
T expect(Stored<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline std::chrono::sys_days day(int year, unsigned month, unsigned day_of_month) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day_of_month)};
}

inline Secret secret(std::string_view text) { return Secret(to_bytes(text)); }

inline bool check_password(const LoginUser& user, const Secret& utf8, const crypto::MsChap* mschap) {
  return user.password && user.password->check(utf8, mschap);
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern = testing::TempDir() + "storeXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file() const { return directory_ / database_name; }
  Database open(const OpenOptions& options = {.sync = Sync::Lazily}) const {
    return expect(Database::open(file(), options));
  }
  static UserId add(Database& database, std::string name) {
    return expect(Users{database}.add({{.name = std::move(name)}, {}}, now()));
  }
  static WallTime now() { return day(2026, 11, 23) + std::chrono::hours{9}; }
  static unsigned mode(const std::filesystem::path& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  std::filesystem::path directory_;
};

}  // namespace agilevpn::store
