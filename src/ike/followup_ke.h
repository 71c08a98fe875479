// IKE_FOLLOWUP_KE (RFC 9370 §2.2.4), both roles: the additional key exchanges of a CREATE_CHILD_SA exchange, whose SA
// is made when they are over:
//
//   HDR, SK {SA, Ni, KEi ...}  -->
//                                          <--  HDR, SK {SA, Nr, KEr ..., N(ADDITIONAL_KEY_EXCHANGE)(link)}
//   HDR, SK {KEi(1), N(ADDITIONAL_KEY_EXCHANGE)(link)}  -->
//                                          <--  HDR, SK {KEr(1), [N(ADDITIONAL_KEY_EXCHANGE)(link)]}     ... one for
//                                          each
#pragma once

#include <functional>
#include <optional>

#include "ike/ke.h"
#include "ike/session.h"

namespace agilevpn::ike {

// The initiator's side, within the exchange that began with CREATE_CHILD_SA.
class FollowupKe {
 public:
  // Nothing if the response to CREATE_CHILD_SA does not say how to go on.
  static std::optional<FollowupKe> begin(std::vector<wire::Transform> additional, const wire::Payloads& response);

  bool is_over() const { return done_ == additional_.size(); }
  wire::Payloads build(Random& random);
  // False for a response that does not fit; errors are the caller's.
  bool process(const wire::Payloads& response);
  // SK(1) | SK(2) | ...
  ByteView secrets() const { return secrets_.view(); }

 private:
  FollowupKe(std::vector<wire::Transform> additional, Bytes link)
      : additional_(std::move(additional)), link_(std::move(link)) {}

  std::vector<wire::Transform> additional_;
  Bytes link_;
  std::size_t done_ = 0;
  std::optional<crypto::KeyExchange> key_exchange_;
  Secret secrets_;
};

// The responder's side: an SA that waits for its additional key exchanges. A session keeps one, the newest.
struct PendingSa {
  using Finish = std::move_only_function<void(Session&, IkeSa&, Instant, ByteView secrets)>;

  bool is_ike_sa = false;  // Or a Child SA.
  std::vector<wire::Transform> additional;
  Finish finish;  // Makes it.
  IkeSpi negotiated_on;
  Bytes link;
  std::size_t done = 0;
  Secret secrets;
  Instant expires_at;
};

// Whether the same may be tried again a little later (RFC 7296 §2.25, RFC 9370 §2.2.4).
bool is_temporary(const wire::NotifyPayload& error);
// Whether an error is STATE_NOT_FOUND, and came so often that the session is given up.
bool lost_its_state(Session& session, Instant now, const wire::NotifyPayload& error);

// Keeps it until the exchanges are over or nobody goes on with them. Returns the notify that asks for the first.
wire::Payload await_followup(Session& session, const IkeSa& ike_sa, Instant now, PendingSa pending);
wire::Payloads answer_followup(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request);

}  // namespace agilevpn::ike
