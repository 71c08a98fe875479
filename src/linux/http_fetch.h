// One request by plain HTTP/1.1, for what is signed by itself: OCSP answers and CRLs. Bounded in time and size; follows
// no redirection and speaks no TLS, which could not be checked without asking again.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "linux/event_loop.h"
#include "linux/name_lookup.h"

namespace agilevpn::linux {

struct HttpRequest {
  std::string url;           // "http://ca.example.org/ocsp"
  Bytes body;                // Empty: GET, else POST.
  std::string content_type;  // Of the body.
};

struct HttpBounds {
  Duration patience = 4s;            // For everything, the name's lookup included.
  std::size_t size_max = 64 * 1024;  // Octets of the answer's body.
  std::uint32_t mark = 0;            // SO_MARK, for policy routing (host_network.h: outer_mark).
};

// Calls `done` once from the loop: with the body of the answer 200, or why there is none, in one sentence.
void fetch(EventLoop& loop, NameLookup& lookup, HttpRequest request, HttpBounds bounds,
           std::function<void(Result<Bytes, std::string>)> done);

}  // namespace agilevpn::linux
