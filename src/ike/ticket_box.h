// A responder's "ticket by value" (RFC 5723 §6.1): what it must know again of an IKE SA, sealed with a key that it
// alone has. Our format:
//
//   version, 3 zeros | key id (8) | nonce (16) | sealed text | ICV (16)
//
// AES-256-GCM with a key of the ticket's own, prf+ (key, "AgileVPN ticket" | nonce) with HMAC-SHA2-256: no IV can
// repeat, however many tickets there are. All before the sealed text is authenticated. Where the keys lie, and when
// another one takes their place, is the owner's matter.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "ike/proposals.h"

namespace agilevpn::ike {

struct TicketKey {
  Bytes id;       // 8 octets.
  Secret secret;  // 32 octets.
  static constexpr std::size_t id_size = 8;
  static constexpr std::size_t secret_size = 32;

  TicketKey copy() const { return {id, secret.copy()}; }
};

// What is in it. The owner's part is in `login` and `data`.
struct TicketContent {
  WallTime expires{};
  IkeSuite suite;
  Secret sk_d;
  wire::Identity id_i;  // As the ID payloads had them.
  wire::Identity id_r;
  wire::Identity peer;  // Whom the initiator proved to be.
  std::string method;   // By what.
  Bytes login;          // Which login it goes back to.
  Bytes data;
};

class TicketBox {
 public:
  // The first one seals, all of them open. Each has a secret of TicketKey::secret_size octets. None: no tickets.
  void set_keys(std::vector<TicketKey> keys) { keys_ = std::move(keys); }
  bool has_keys() const { return !keys_.empty(); }

  // Nothing if there is no key, or if it would be too large.
  std::optional<Bytes> seal(const TicketContent& content, Random& random) const;
  // The error says to the operator why it is not taken.
  Result<TicketContent, std::string> open(WallTime date, ByteView ticket) const;

  // "Tickets are intended for one-time use" (§4.3.1). Forgets those that have expired.
  void spend(WallTime date, ByteView ticket, WallTime expires);
  bool is_spent(ByteView ticket) const;

 private:
  static Bytes nonce_of(ByteView ticket);

  std::vector<TicketKey> keys_;
  std::map<Bytes, WallTime> spent_;  // By nonce.
};

}  // namespace agilevpn::ike
