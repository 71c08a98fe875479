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
  bool is_unsigned = false;  // All that is wrong is that it has no Message-Authenticator.
};
// An answer that is none, or to nothing that waits for one: dropped.
struct ReplyDropped {
  static constexpr bool needs_no_proof = true;
  std::string server;
  std::string why;
  bool is_stray = false;  // Late, or a second time: happens without anybody's fault.
};
// A server's Disconnect- or CoA-Request that was understood, and refused.
struct DynamicRequestRefused {
  std::string from;
  Code code{};
  ErrorCause cause{};
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

using Event = std::variant<ServerDied, ServerIsBack, ForgedReply, ReplyDropped, AccountingLost, DynamicRequestDropped,
                           DynamicRequestRefused>;

EventRecord to_record(const Event& event);
// Why it was dropped.
std::string reason_of(const ForgedReply& reply);

}  // namespace agilevpn::radius
