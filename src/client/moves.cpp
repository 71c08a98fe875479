#include "client/moves.h"

#include <algorithm>

#include "client/limits.h"
#include "mobility/candidate.h"

namespace agilevpn::client {

std::string link_name(const mobility::Network& network, const Path& path) {
  const auto link = std::ranges::find(network.links, path.interface, &mobility::Link::index);
  return link == network.links.end() ? "link " + std::to_string(path.interface) : link->name;
}

Moving Moves::begin(Instant now, const Path& from, const Path& to, const mobility::Network& network,
                    std::string reason) {
  if (moves_.size() == limits::moves_kept) moves_.erase(moves_.begin());
  moves_.push_back({now, from, to, link_name(network, from), link_name(network, to), std::move(reason), std::nullopt});
  const Move& move = moves_.back();
  return {move.from, move.to, move.from_link, move.to_link, move.reason};
}

std::optional<Moved> Moves::confirm(Instant now, const Path& path) {
  if (moves_.empty() || moves_.back().took || !mobility::is_same_way(moves_.back().to, path)) return std::nullopt;
  Move& move = moves_.back();
  move.took = now - move.when;
  return Moved{move.from, move.to, move.from_link, move.to_link, *move.took};
}

}  // namespace agilevpn::client
