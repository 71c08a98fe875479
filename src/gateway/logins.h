// Who logs in by EAP: a Login (login.h) for each, from the engine's question to the verdict on it. What a login must
// know is asked of users or of RADIUS servers; a password waits before it is looked at where others were wrong before
// (guessing.h).
//
// Sans-I/O, not thread-safe: call one command or handle_*(), then drain poll_conclusion(). What has come of radius() is
// the owner's to hand on.
#pragma once

#include <map>

#include "gateway/conclusion.h"
#include "gateway/guessing.h"
#include "gateway/login.h"
#include "ike/credentials.h"
#include "radius/client.h"

namespace agilevpn::gateway {

class Logins {
 public:
  // `credentials` and `random` must outlive it.
  Logins(std::shared_ptr<const Config> config, const ike::Credentials& credentials, Random& random);
  // For logins that begin from now on; the credentials have changed already. The RADIUS servers stay those that they
  // are.
  void reconfigure(std::shared_ptr<const Config> config);

  // `session_id` is its Acct-Session-Id.
  void begin(Instant now, ike::AskId ask, const ike::AuthenticatePeer& peer, const std::string& session_id);
  // At `now`, which the calendar calls `date`.
  void handle_packet(Instant now, WallTime date, ike::AskId ask, const ike::ContinueEap& eap);
  // To a question of this login; ignored if it is over meanwhile.
  void handle_user(Instant now, ike::IkeSaId id, UserAnswer answer);
  void handle_radius_answer(Instant now, radius::Answer answer);
  // Of a certificate that was shown in TLS; ignored if none of the logins asked.
  void handle_revocation(Instant now, ike::AskId ask, const ike::RevocationAnswer& answer);
  void handle_timeout(Instant now);
  // Its IKE SA is gone, maybe in the middle of the login: most clients leave after a wrong password, although they may
  // try again.
  void handle_closed(const ike::IkeSaClosed& fact);
  // Somebody else has refused it, and said so.
  void note_refused(ike::IkeSaId id);
  void forget(ike::IkeSaId id);

  std::optional<Conclusion> poll_conclusion();
  std::optional<Instant> poll_timeout() const;
  // Null: no RADIUS server decides on logins.
  radius::Client* radius() { return radius_ ? &*radius_ : nullptr; }

 private:
  struct Waiting {
    std::unique_ptr<Login> login;
    ike::AskId ask;  // The engine's.
    bool is_refused = false;
    std::optional<std::string> guess;  // The name whose password it tried last; nothing: none yet.
    bool has_answered = false;         // The client, to our first Request.
    std::optional<Duration> patience;  // As a RADIUS server said of its last question.
    bool is_in_doubt = false;          // A RevocationAsk about its certificates is out.
  };

  std::unique_ptr<Login> make_login(const ike::AuthenticatePeer& peer, const std::string& session_id) const;
  void take(Instant now, ike::IkeSaId id, Waiting& waiting, Login::Step step);
  std::size_t count_held(const std::string& name, const Login& login) const;
  void ask(Instant now, ike::IkeSaId id, Login::Step step);
  void conclude(Instant now, ike::IkeSaId id, const Waiting& waiting, const ike::Answer& answer);
  void let_in(Instant now, ike::IkeSaId id, const Waiting& waiting, const ike::EapSucceeded& success);
  void refuse_abandoned(const Waiting& waiting, const ike::IkeSaClosed& fact);
  void refuse_login(const Login& login, std::string why, Refusal cause);

  std::shared_ptr<const Config> config_;  // Of now; a login shares the one that it began with.
  const ike::Credentials& credentials_;
  std::shared_ptr<const crypto::TlsContext> tls_;  // Of logins in TLS; null: our key is not here.
  Random& random_;
  std::map<ike::IkeSaId, Waiting> logins_;
  std::optional<radius::Client> radius_;
  std::map<radius::RequestId, ike::IkeSaId> radius_requests_;
  Guessing guessing_;
  std::multimap<Instant, std::pair<ike::IkeSaId, Login::Step>> held_steps_;  // Who guesses waits.
  std::deque<Conclusion> conclusions_;
};

}  // namespace agilevpn::gateway
