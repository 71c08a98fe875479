// The moves of a session, for events and for `agilevpn status`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/session_info.h"
#include "mobility/network.h"

namespace agilevpn::client {

std::string link_name(const mobility::Network& network, const Path& path);

class Moves {
 public:
  Moving begin(Instant now, const Path& from, const Path& to, const mobility::Network& network, std::string reason);
  // The gateway answered on this path: the move that waits for it, if there is one, is over.
  std::optional<Moved> confirm(Instant now, const Path& path);

  const std::vector<Move>& all() const { return moves_; }
  void clear() { moves_.clear(); }

 private:
  std::vector<Move> moves_;
};

}  // namespace agilevpn::client
