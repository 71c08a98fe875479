// What of RADIUS accounting must outlive the gateway (radius/kept_accounting.h), in a database of its own: whatever
// happens to it, logins go on. For one thread at a time.
#pragma once

#include <span>

#include "radius/kept_accounting.h"
#include "store/database.h"

namespace agilevpn::store {

class AccountingRecords {
 public:
  // Makes an empty database if there is none. `directory` is the gateway's state directory.
  static Stored<AccountingRecords> open(const std::filesystem::path& directory);

  Stored<radius::KeptAccounting> load();
  // All of these or, after an error, none. What it says is on the disk when it returns.
  Stored<> carry_out(std::span<const radius::AccountingNote> notes);

 private:
  explicit AccountingRecords(Database database) : database_(std::move(database)) {}
  Stored<> carry_out(const radius::KeepRecord& note);
  Stored<> carry_out(const radius::ForgetRecord& note);
  Stored<> carry_out(const radius::KeepStand& note);
  Stored<> carry_out(const radius::ForgetStand& note);
  Stored<> carry_out(const radius::ForgetAll& note);

  Database database_;
};

}  // namespace agilevpn::store
