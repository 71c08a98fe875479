// Any octets as a CSV file of users: what can be stored is stored, is found again, and comes out as it went in.
#include <filesystem>

#include "base/check.h"
#include "store/user_import.h"

using namespace agilevpn;
using namespace agilevpn::store;

namespace {

// One for the whole run, in a folder that goes with it.
struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "user_import_fuzzXXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

Database& database() {
  static const Folder folder;
  static Database opened = *Database::open(folder.path / database_name, {.sync = Sync::Lazily});
  return opened;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static SeededRandom random{1};
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const ImportOptions options{OnError::Skip, PasswordKind::Scrypt};
  const auto outcome = import_users(database(), text, options, {nullptr, random, {.log2_n = 1, .r = 1}}, WallTime{});
  CHECK(outcome);
  Users users(database());
  const auto stored = *users.list();
  CHECK(stored.size() == outcome->added);
  for (const User& user : stored) {
    CHECK(users.find_for_login(user.name, WallTime{})->value().id == user.id);
    CHECK(users.remove(user.id));
  }
  const UserCsv again = parse_user_csv(user_csv(stored));
  CHECK(again.errors.empty() && again.rows.size() == stored.size());
  return 0;
}
