// The Child SAs as the IKE engine told of them, and the database of them that workers take snapshots of. Belongs to the
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
  const esp::SaDatabase& snapshot() const { return database_; }
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
  Result<void, Error> apply_one(const ike::UseChildSa& use);
  Result<void, Error> apply_one(const ike::MoveChildSas& move);
  Result<void, Error> apply_one(const ike::PauseChildSas& pause);
  Result<void, Error> apply_one(const ike::RemoveChildSa& remove);

  void publish(const Child& child);
  template <class Work>
  void change(Child& child, Work work);

  std::size_t replay_window_;
  std::uint64_t uses_ = 0;
  std::map<ike::ChildSaId, Child> children_;
  esp::SaDatabase database_;  // Of children_.
  std::vector<std::pair<ike::ChildSaId, std::shared_ptr<esp::SaPair>>> removed_;
};

}  // namespace agilevpn::dataplane
