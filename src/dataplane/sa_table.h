// The Child SAs as the IKE engine told of them, and the snapshots of them that the worker works with. Belongs to the
// control thread.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/error.h"
#include "esp/sa_database.h"
#include "ike/endpoint.h"
#include "ike/sa_change.h"

namespace agilevpn::dataplane {

class SaTable {
 public:
  explicit SaTable(std::size_t replay_window) : replay_window_(replay_window) {}

  // A change to a Child SA that is not there is ignored. Fails for a suite that this build cannot do.
  Result<void, Error> apply(const ike::SaChange& change);

  // Of the Child SAs that cover a packet, the one used last seals it.
  esp::SaDatabase snapshot() const;
  std::vector<ike::TrafficReport> traffic_reports() const;
  // The final figures of those that were removed since the last call.
  std::vector<ike::TrafficReport> take_last_reports();

 private:
  struct Child {
    ike::IkeSaId ike_sa;
    std::shared_ptr<esp::SaPair> pair;
    std::uint64_t used = 0;  // Counts up with every Child SA that begins to seal; 0 before.
    bool is_paused = false;
  };

  Result<void, Error> apply_one(const ike::InstallChildSa& change);
  Result<void, Error> apply_one(const ike::UseChildSa& change);
  Result<void, Error> apply_one(const ike::MoveChildSas& change);
  Result<void, Error> apply_one(const ike::PauseChildSas& change);
  Result<void, Error> apply_one(const ike::RemoveChildSa& change);

  std::size_t replay_window_;
  std::uint64_t uses_ = 0;
  std::map<ike::ChildSaId, Child> children_;
  std::vector<std::pair<ike::ChildSaId, std::shared_ptr<esp::SaPair>>> removed_;
};

}  // namespace agilevpn::dataplane
