// Who uses a stock client, and what they know.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "crypto/mschap.h"
#include "sim/credentials.h"

namespace agilevpn::sim::stock {

// Changes what a message says before it is sealed: for clients that are almost one of these.
using Tamper = std::function<void(ike::wire::ExchangeType, ike::wire::Payloads&)>;

struct Owner {
  std::string user;  // "anna"; with a certificate, the name in it.
  std::string password = "secret";
  std::string typed_identity;  // IDi of kinds that have one typed; empty: the user.
  std::string gateway_name;    // As it was typed; the gateway's certificate must have it.
  IpAddress gateway;
  crypto::KeyType gateway_key = crypto::KeyType::Rsa;  // Whose CA is trusted.
  std::shared_ptr<const crypto::MsChap> mschap;
  bool sends_fragments_reversed = false;
  Tamper tamper = {};  // Empty: nothing is changed.
};

}  // namespace agilevpn::sim::stock
