// What an Access-Accept grants a session, as typed values. Attributes that we do not know are not granted; what is known and
// cannot be is an error, because half of a policy is none.
#pragma once

#include "base/error.h"
#include "base/time.h"
#include "radius/attributes.h"
#include "radius/route.h"

namespace agilevpn::radius {

struct Grant {
  std::optional<std::string> user_name;  // Whom accounting is to name, if not whom the peer said.
  std::optional<IpAddress> framed_ip;    // None also for "the NAS selects" and "the user selects" (RFC 2865 §5.8).
  std::optional<std::uint8_t> framed_ip_length;  // Of Framed-IP-Netmask.
  std::optional<IpAddress> framed_ipv6;          // RFC 6911 §3.1
  std::vector<IpPrefix> framed_ipv6_prefixes;    // RFC 3162 §2.3
  std::optional<std::string> framed_pool;
  std::optional<std::string> framed_ipv6_pool;
  std::vector<IpAddress> dns;  // In order: Microsoft's primary and secondary, then the IPv6 ones.
  std::vector<Route> routes;   // Framed-Route, Framed-IPv6-Route; Route-IPv6-Information without a gateway.
  std::vector<Bytes> classes;  // Go back in accounting, unchanged (RFC 2865 §5.25).
  std::vector<std::string> filter_ids;
  std::optional<std::chrono::seconds> session_timeout;
  std::optional<std::chrono::seconds> idle_timeout;
  std::optional<std::chrono::seconds> interim_interval;  // At least a minute (RFC 2869 §5.16).
  std::string reply_message;

  static Result<Grant, Error> from(const Attributes& attributes);
  friend bool operator==(const Grant&, const Grant&) = default;
};

// How long an Access-Challenge lets the user think (RFC 2865 §5.27, RFC 3580 §3.17); nothing: as we like.
std::optional<std::chrono::seconds> patience_of(const Attributes& challenge);

}  // namespace agilevpn::radius
