// Who shows a certificate or names a pre-shared key: from the engine's question to the verdict on it (admission.h),
// with a question about revocation in between where a rule wants one. Or who resumes a session by a ticket. Who logs in by EAP is with Logins.
//
// Call begin() or handle_revocation(), then drain poll_conclusion(). `date` is what the calendar says at `now`.
#pragma once

#include "gateway/conclusion.h"
#include "ike/credentials.h"

namespace agilevpn::gateway {

class Admissions {
 public:
  // `credentials` must outlive it.
  Admissions(std::shared_ptr<const Config> config, const ike::Credentials& credentials)
      : config_(std::move(config)), credentials_(credentials) {}
  void reconfigure(std::shared_ptr<const Config> config) { config_ = std::move(config); }

  void begin(Instant now, WallTime date, ike::AskId ask, const ike::AuthenticatePeer& peer);
  void handle_revocation(Instant now, WallTime date, ike::AskId ask, const ike::RevocationAnswer& answer);

  std::optional<Conclusion> poll_conclusion();

 private:
  void resume(Instant now, WallTime date, ike::AskId ask, const ike::AuthenticatePeer& peer);
  void decide(Instant now, WallTime date, ike::AskId ask, const ike::AuthenticatePeer& peer,
              const ike::RevocationAnswer* revocation);

  std::shared_ptr<const Config> config_;
  const ike::Credentials& credentials_;
  ike::PendingRevocations revocations_;
  std::deque<Conclusion> conclusions_;
};

}  // namespace agilevpn::gateway
