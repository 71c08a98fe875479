// Keeps what a gateway says of accounting, in a thread of its own, since a disk may be slow or full: then records are
// in memory only, which the log says, and all of them are written as soon as that works again. No session waits for it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/periodic.h"
#include "daemon/service.h"
#include "gateway/gateway.h"
#include "linux/background.h"
#include "store/accounting_records.h"

namespace agilevpn::daemon {

class AccountingLink {
 public:
  // Nothing is kept where the gateway accounts nowhere. `gateway` must outlive it.
  AccountingLink(Service& service, std::filesystem::path directory, gateway::Gateway& gateway);

  // Before the gateway hears the time: gives it what was kept.
  void restore();
  // Writes what the gateway says.
  void pump();
  // Whether all is written, as far as that is possible now.
  bool is_idle() const { return !is_writing_ && notes_.empty(); }

 private:
  struct Kept {  // Of the thread, and of the loop before there is one.
    std::optional<store::AccountingRecords> records;
    store::Stored<radius::KeptAccounting> open(const std::filesystem::path& directory);
  };

  void take(store::Stored<radius::KeptAccounting> kept);
  void write();
  void conclude(const store::Stored<>& written);
  void retry();
  void note_trouble(const Error& error);

  Service& service_;
  std::filesystem::path directory_;
  gateway::Gateway& gateway_;
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
  std::vector<radius::AccountingNote> notes_;  // Not written yet.
  bool is_open_ = false;
  bool is_writing_ = false;
  bool is_in_trouble_ = false;  // What the gateway says is not written, and said anew later.
  bool is_told_ = false;
  std::optional<Periodic> retry_;
  linux::Background background_;
};

}  // namespace agilevpn::daemon
