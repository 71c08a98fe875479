// What was learnt about ways and links: which answered and how quickly, which did not, which links come and go. Path
// choice asks it; it decides nothing.
#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "mobility/candidate.h"
#include "mobility/limits.h"

namespace agilevpn::mobility {

class History {
 public:
  // `hold_time`: how long a link that is back must last.
  explicit History(Duration hold_time) : hold_time_(hold_time) {}

  // The ways there are now. What is known of others is forgotten: behind a link that comes back may be another network.
  // A link that was lost soon after it came back has flapped. Those of the first network were always there.
  void note_ways(Instant now, const std::vector<Candidate>& ways);
  void note_round_trip(const Path& path, Duration round_trip) { ways_[way_of(path)].round_trip = round_trip; }
  void note_confirmed(Instant now, const Path& path, std::optional<Duration> round_trip);
  // Nobody answered while it carried the session: its link must prove itself anew.
  void note_lost(Instant now, const Path& path);
  // A probe was not answered; the next is due after a pause that doubles each time.
  void note_unanswered(Instant now, const Path& path);

  std::optional<Duration> round_trip(const Path& path) const;
  // While this is ahead, other ways are tried first.
  std::optional<Instant> dead_until(const Path& path) const;
  bool is_dead(Instant now, const Path& path) const;
  // Whether any way over this link is dead: then the others over it may be as well.
  bool is_suspect(Instant now, std::uint32_t link) const;
  // When a link has lasted for the hold time, which doubles with every flap.
  Instant trusted_at(std::uint32_t link) const;

 private:
  using Way = std::tuple<std::uint32_t, IpAddress, IpAddress>;  // What is_same_way() compares.
  struct WayRecord {
    std::optional<Duration> round_trip;
    std::optional<Instant> dead_until;
    Duration pause = limits::answer_wait;
  };
  struct LinkRecord {
    Instant good_since = Instant::min();
    bool is_usable = false;
    bool is_silent = false;  // It lost the session by not answering, and has not answered since.
    int flaps = 0;
  };

  static Way way_of(const Path& path) { return {path.interface, path.local.address, path.peer.address}; }
  Instant trusted_at(const LinkRecord& link) const;
  void count_flap(Instant now, LinkRecord& link) const;
  const WayRecord* find(const Path& path) const;

  Duration hold_time_;
  std::map<Way, WayRecord> ways_;
  std::map<std::uint32_t, LinkRecord> links_;
  bool is_first_ = true;  // No way was ever there.
};

}  // namespace agilevpn::mobility
