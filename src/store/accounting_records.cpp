#include "store/accounting_records.h"

#include <utility>

namespace agilevpn::store {

Stored<AccountingRecords> AccountingRecords::open(const std::filesystem::path& directory) {
  TRY_ASSIGN(auto database, Database::open(directory / accounting_database_name, {.schema = Schema::Accounting}));
  return AccountingRecords{std::move(database)};
}

Stored<radius::KeptAccounting> AccountingRecords::load() {
  radius::KeptAccounting kept;
  TRY_ASSIGN(Statement records, database_.prepare("SELECT id, session, status, made, packet FROM records ORDER BY id"));
  for (;;) {
    TRY_ASSIGN(const bool is_there, records.step());
    if (!is_there) break;
    kept.records.push_back({static_cast<std::uint64_t>(records.integer(0)), records.text(1),
                            static_cast<radius::AcctStatusType>(records.integer(2)), records.time(3), records.blob(4)});
  }
  TRY_ASSIGN(Statement stands, database_.prepare("SELECT session, made, packet FROM stands ORDER BY made, session"));
  for (;;) {
    TRY_ASSIGN(const bool is_there, stands.step());
    if (!is_there) return kept;
    kept.stands.push_back({0, stands.text(0), radius::AcctStatusType::InterimUpdate, stands.time(1), stands.blob(2)});
  }
}

Stored<> AccountingRecords::carry_out(std::span<const radius::AccountingNote> notes) {
  TRY_ASSIGN(auto transaction, Transaction::begin(database_));
  for (const radius::AccountingNote& note : notes)
    TRY(std::visit([this](const auto& one) { return carry_out(one); }, note));
  return transaction.commit();
}

Stored<> AccountingRecords::carry_out(const radius::KeepRecord& note) {
  const radius::KeptRecord& one = note.record;
  return database_.run("INSERT OR REPLACE INTO records (id, session, status, made, packet) VALUES (?, ?, ?, ?, ?)",
                       one.id, one.session_id, std::to_underlying(one.status), one.made, one.packet);
}

Stored<> AccountingRecords::carry_out(const radius::ForgetRecord& note) {
  return database_.run("DELETE FROM records WHERE id = ?", note.id);
}

Stored<> AccountingRecords::carry_out(const radius::KeepStand& note) {
  return database_.run("INSERT OR REPLACE INTO stands (session, made, packet) VALUES (?, ?, ?)", note.stand.session_id,
                       note.stand.made, note.stand.packet);
}

Stored<> AccountingRecords::carry_out(const radius::ForgetStand& note) {
  return database_.run("DELETE FROM stands WHERE session = ?", note.session_id);
}

Stored<> AccountingRecords::carry_out(const radius::ForgetAll&) {
  TRY(database_.run("DELETE FROM records"));
  return database_.run("DELETE FROM stands");
}

}  // namespace agilevpn::store
