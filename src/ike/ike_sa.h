// One IKE SA: its SPIs, its keys and its two message windows (RFC 7296 §2.2, §2.3). A rekeyed session has two for a while.
#pragma once

#include <memory>
#include <optional>

#include "ike/exchange.h"
#include "ike/message_cipher.h"

namespace agilevpn::ike {

// Our request that waits for its response (§2.1). We keep one at a time: a window of 1.
struct OutstandingRequest {
  std::unique_ptr<Exchange> exchange;
  std::uint32_t message_id = 0;
  std::vector<Bytes> datagrams;
  Path path;
  int attempts = 1;
  bool was_resent = false;
  Instant sent;
  std::optional<Instant> resend_at;  // Nothing: not before the peer is heard from, or the session is moved.

  // It is answered now. Nothing, if nobody knows which copy was.
  std::optional<Duration> round_trip(Instant now) const {
    return was_resent ? std::nullopt : std::optional{now - sent};
  }
};

// Our last response, for when its request comes again (§2.1).
struct CachedResponse {
  std::uint32_t message_id = 0;
  std::vector<Bytes> datagrams;
  std::optional<MessageCipher> former_cipher;  // Which opens that request, if the IKE SA has had new keys since.
};

struct IkeSa {
  IkeSpi spi_i;
  IkeSpi spi_r;
  bool is_original_initiator =
      false;  // Who initiated this IKE SA, rekeyed or not: the I flag, and which keys are whose.
  IkeSuite suite;
  std::optional<crypto::Prf> prf;
  Secret sk_d;
  std::optional<MessageCipher> cipher;

  std::uint32_t next_request_id = 0;      // Of ours.
  std::uint32_t expected_request_id = 0;  // Of the peer's.
  bool is_answering = false;              // The expected request is here and its response waits for an Ask.
  std::optional<OutstandingRequest> outstanding;
  std::optional<CachedResponse> last_response;
  Reassembly requests, responses;

  std::optional<Instant> rekey_at;
  std::optional<Instant> forget_at;  // Replaced by a rekey and lingering, or closing.
  bool is_replaced = false;          // A rekey made another one; this one only deletes itself and answers.

  IkeSpi local_spi() const { return is_original_initiator ? spi_i : spi_r; }
  // Takes the suite's keys, but for SK_p, which it leaves in `keys` for AUTH.
  void set_keys(const IkeSuite& chosen, const crypto::Prf& chosen_prf, IkeKeys& keys);
};

}  // namespace agilevpn::ike
