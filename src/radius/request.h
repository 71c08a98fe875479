// What the client is asked to get answered, and the answers.
#pragma once

#include <variant>

#include "base/secret.h"
#include "radius/packet.h"

namespace agilevpn::radius {

struct RequestId {
  std::uint64_t value = 0;
  friend auto operator<=>(const RequestId&, const RequestId&) = default;
};

struct Request {
  Code code = Code::AccessRequest;  // Or AccountingRequest.
  Attributes attributes;
  std::optional<Secret> user_password;  // Hidden on the wire.
  // Only this server may answer: the one that gave the State which the request carries.
  std::optional<std::size_t> server;
};

struct Accept {
  Attributes attributes;
  std::optional<Secret> msk;  // Of MS-MPPE-Recv-Key and MS-MPPE-Send-Key, 64 octets.
};
struct Reject {
  Attributes attributes;
  std::string why;  // Where it was no Access-Reject, but an answer that must be taken for one (RFC 2865 §5).
};
struct Challenge {
  Attributes attributes;
};
struct Accounted {};
struct Unreachable {
  std::string why;  // "no answer from radius1 and radius2 within 12 s"
};

struct Answer {
  RequestId id;
  std::size_t server = 0;  // Who answered. Of Unreachable: nobody.
  std::variant<Accept, Reject, Challenge, Accounted, Unreachable> result;
};

}  // namespace agilevpn::radius
