// Resolves host names without waiting.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "linux/event_loop.h"

namespace agilevpn::linux {

struct LookupResult {
  std::vector<IpAddress> addresses;  // Sorted by RFC 6724. None: it did not resolve.
  std::string reason;                // Why not, one sentence.
};

// Each lookup has a thread of its own, for the C library's resolver cannot be told to stop; a lookup that is no longer
// wanted runs out by itself.
class NameLookup {
 public:
  explicit NameLookup(EventLoop& loop);
  ~NameLookup();  // What is still under way is never answered.

  // Calls `done` from the loop. A numeric address resolves to itself.
  void resolve(std::string name, std::function<void(LookupResult)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace agilevpn::linux
