// The data plane of a simulated host: seals and opens inner packets with the Child SAs that the engine gives it, and notes
// what the engine tells it wrongly.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "esp/sa_database.h"
#include "ike/endpoint.h"

namespace agilevpn::sim {

// The two SAs of a Child SA, as a data plane keeps them.
std::shared_ptr<esp::SaPair> make_sa_pair(const ike::InstallChildSa& child);

class DataPlane {
 public:
  void apply(ike::SaChange change);

  struct Sealed {
    ike::EspPath path;
    Bytes packet;  // From the SPI on.
  };
  // Nothing if no Child SA covers the packet.
  std::optional<Sealed> seal(ByteView inner_packet);
  // Seals what no Child SA should: a peer that cheats.
  Sealed seal_anyway(ike::ChildSaId child, ByteView inner_packet);
  struct Opened {
    ike::ChildSaId child;
    Bytes inner_packet;
  };
  Result<Opened, esp::DropReason> open(Instant now, ByteView packet);
  // A router's answer to a packet that came out of a tunnel and is of the link. Nothing: it is not asked for one.
  std::optional<Sealed> answer_neighbor(const Opened& opened);

  // One for each Child SA, for the engine.
  std::vector<ike::TrafficReport> reports() const;
  // Of those that have carried something since the last call; a responder makes nothing of the others.
  std::vector<ike::TrafficReport> new_reports();
  // The final figures of those that were removed since the last call.
  std::vector<ike::TrafficReport> take_last_reports() { return std::exchange(last_reports_, {}); }

  // Installed and not yet removed, moved to where it is now.
  const std::map<ike::ChildSaId, ike::InstallChildSa>& child_sas() const { return child_sas_; }
  // A Child SA installed twice, an unknown one used or removed, an SPI taken already.
  const std::vector<std::string>& mistakes() const { return mistakes_; }

 private:
  struct Pair {
    std::shared_ptr<esp::SaPair> pair;
    std::uint64_t used_since = 0;  // In the order in which they were put to use; 0: opens only.
    bool is_paused = false;
    std::uint64_t reported = 0;  // Packets, both ways.
  };

  void change(ike::InstallChildSa install);
  void change(const ike::UseChildSa& use);
  void change(const ike::MoveChildSas& move);
  void change(const ike::PauseChildSas& pause);
  void change(const ike::RemoveChildSa& remove);
  void publish(const Pair& pair);
  template <class Work>
  void change_all(ike::IkeSaId ike_sa, Work work);

  std::map<ike::ChildSaId, ike::InstallChildSa> child_sas_;
  std::map<ike::ChildSaId, Pair> pairs_;
  std::map<EspSpi, ike::ChildSaId> by_spi_;
  std::uint64_t uses_ = 0;
  esp::SaDatabase database_;  // Of pairs_.
  std::vector<std::string> mistakes_;
  std::vector<ike::TrafficReport> last_reports_;
};

}  // namespace agilevpn::sim
