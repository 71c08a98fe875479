// Facts about RADIUS for people and programs. They never hold secrets.
#pragma once

#include <variant>

#include "base/event.h"
#include "radius/packet.h"

namespace agilevpn::radius {

struct ServerDied {
  std::string server;
  std::string why;
};
struct ServerIsBack {
  std::string server;
};
// An answer whose authenticators are wrong: dropped.
struct ForgedReply {
  static constexpr bool needs_no_proof = true;
  std::string server;
  Code code{};
};
// An answer that is none, or to nothing that waits for one: dropped.
struct ReplyDropped {
  static constexpr bool needs_no_proof = true;
  std::string server;
  std::string why;
  bool is_stray = false;  // Late, or a second time: happens without anybody's fault.
};
struct AccountingLost {
  std::size_t records = 0;  // In all.
};
// A Disconnect- or CoA-Request that is not authentic, too old, or from a stranger: dropped.
struct DynamicRequestDropped {
  static constexpr bool needs_no_proof = true;
  std::string from;
  std::string why;
};

using Event = std::variant<ServerDied, ServerIsBack, ForgedReply, ReplyDropped, AccountingLost, DynamicRequestDropped>;

EventRecord to_record(const Event& event);

}  // namespace agilevpn::radius
