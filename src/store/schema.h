// The tables, and how a database of an earlier AgileVPN becomes one of today: migrations in their order, each of them
// in one transaction with its number (SQLite's user_version). A migration that was released is never changed.
#pragma once

#include <cstdint>
#include <filesystem>

#include "store/store_error.h"

namespace agilevpn::store {

class Database;

// Each is a file of its own.
enum class Schema : std::uint8_t { Users, Accounting };

// Fails for another program's database and for one that a newer AgileVPN has written. Changes nothing.
Stored<> check_schema(Database& database, const std::filesystem::path& file, Schema schema);
Stored<> migrate(Database& database, Schema schema);

}  // namespace agilevpn::store
