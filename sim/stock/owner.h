// Who uses a stock client, and what they know.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "crypto/mschap.h"
#include "sim/credentials.h"

namespace agilevpn::sim::stock {

// A message before it is sealed.
struct Plaintext {
  ike::wire::Header header;
  ike::wire::PayloadType first = ike::wire::PayloadType::None;  // Of the chain.
  Bytes chain;                                                  // Of payloads, as octets.
};
// Changes it: for clients that are almost one of these.
using Tamper = std::function<void(Plaintext&)>;

struct Owner {
  std::string user;  // "anna"; with a certificate, the name in it.
  std::string password = "secret";
  std::string typed_identity;  // IDi of kinds that have one typed; empty: the user.
  // As it was typed, or as a profile says whom to expect; the gateway's certificate must have it.
  std::string gateway_name;
  std::string login_server = {};  // Whom its EAP method expects besides; empty: the same.
  IpAddress gateway;
  Credentials credentials;  // Whose CA it trusts; for logins with a certificate, its own.
  std::shared_ptr<const crypto::MsChap> mschap;
  bool sends_fragments_reversed = false;
  Tamper tamper = {};  // Empty: nothing is changed.
};

}  // namespace agilevpn::sim::stock
