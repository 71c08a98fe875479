#include "daemon/accounting_link.h"

#include <fmt/format.h>

#include <utility>

#include "daemon/limits.h"
#include "linux/clock.h"

namespace agilevpn::daemon {

AccountingLink::AccountingLink(Service& service, std::filesystem::path directory, gateway::Gateway& gateway)
    : service_(service), directory_(std::move(directory)), gateway_(gateway), background_(service.loop()) {}

store::Stored<radius::KeptAccounting> AccountingLink::Kept::open(const std::filesystem::path& directory) {
  TRY_ASSIGN(auto opened, store::AccountingRecords::open(directory));
  TRY_ASSIGN(auto loaded, opened.load());
  records = std::move(opened);
  return loaded;
}

void AccountingLink::restore() {
  if (gateway_.config().accounting.empty()) return;
  retry_.emplace(service_.loop(), accounting_retry_interval, [this] { retry(); });
  take(kept_->open(directory_));
}

void AccountingLink::take(store::Stored<radius::KeptAccounting> kept) {
  if (!kept) return note_trouble(kept.error());
  is_open_ = true, is_in_trouble_ = false;
  gateway_.restore_accounting(linux::now(), linux::wall_now(), *kept);
  const std::size_t lost = kept->stands.size();
  if (lost > 0)
    service_.report(
        Severity::Warning, "SessionsLost",
        fmt::format("the gateway before ended without a goodbye to {} session{}; their accounting is closed "
                    "with what was known last",
                    lost, lost == 1 ? "" : "s"));
  pump();
}

void AccountingLink::pump() {
  while (auto note = gateway_.poll_accounting_note())
    if (!is_in_trouble_) notes_.push_back(*std::move(note));
  if (notes_.size() > accounting_notes_max) note_trouble({"the disk does not keep up", ""});
  write();
}

void AccountingLink::write() {
  if (is_writing_ || notes_.empty()) return;
  is_writing_ = true;
  background_.run([this, kept = kept_, notes = std::exchange(notes_, {})]() -> linux::Background::Conclusion {
    auto written = kept->records->carry_out(notes);
    return [this, written = std::move(written)] { conclude(written); };
  });
}

void AccountingLink::conclude(const store::Stored<>& written) {
  is_writing_ = false;
  if (!written) return note_trouble(written.error());
  if (!is_in_trouble_ && std::exchange(is_told_, false))
    service_.report(Severity::Info, "AccountingKept", "accounting records are written again");
  write();
}

void AccountingLink::retry() {
  if (!is_in_trouble_ || is_writing_) return;
  if (is_open_) {
    is_in_trouble_ = false;
    gateway_.keep_accounting_anew(linux::now());
    return pump();
  }
  is_writing_ = true;
  background_.run([this, kept = kept_, directory = directory_]() -> linux::Background::Conclusion {
    auto found = kept->open(directory);
    return [this, found = std::move(found)] {
      is_writing_ = false;
      take(found);
    };
  });
}

void AccountingLink::note_trouble(const Error& error) {
  is_in_trouble_ = true;
  notes_.clear();
  if (std::exchange(is_told_, true)) return;
  service_.report(
      Severity::Error, "AccountingNotKept",
      fmt::format("accounting records are in memory only, and a crash would lose them: {}", error.to_string()));
}

}  // namespace agilevpn::daemon
