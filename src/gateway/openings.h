// Who has proved who it is: from there to its inner addresses. The owner says whom each peer is to it and what that
// gets (Authorize), an address is leased and kept (KeepLeases), and the engine hears of it. Those who are in are asked
// about again when users or groups change.
//
// Call one command or handle_*(), then drain poll_conclusion(). The session table is the gateway's, which learns here
// what belongs to its sessions; the engine is only asked where a peer is and when it was heard.
#pragma once

#include <map>
#include <set>

#include "gateway/authorization.h"
#include "gateway/conclusion.h"
#include "gateway/precedence.h"

namespace agilevpn::gateway {

class Openings {
 public:
  // `sessions` and `engine` must outlive it.
  Openings(std::shared_ptr<const Config> config, SessionTable& sessions, const ike::Endpoint& engine);
  void reconfigure(std::shared_ptr<const Config> config) { config_ = std::move(config); }

  // Older sessions that it says are dead (INITIAL_CONTACT) are asked first: those that answer in time stay.
  void begin(Instant now, ike::AskId ask, const ike::AssignAddresses& question);
  // Asks about everybody who is in.
  void recheck();
  void handle_authorization(Instant now, ike::IkeSaId id, Authorization answer);
  void handle_kept(Instant now, WallTime date, ike::IkeSaId id, const Kept& kept);
  // Whether it covers what stands behind its client.
  void handle_child(const ike::ChildSaEstablished& fact);
  // Its IKE SA is gone: so are its addresses.
  void handle_closed(ike::IkeSaId id);

  void handle_timeout(Instant now);

  std::optional<Conclusion> poll_conclusion();
  std::optional<Instant> poll_timeout() const;
  Leases& leases() { return leases_; }
  Networks& networks() { return networks_; }

 private:
  struct Opening {
    ike::AskId ask;  // The engine's.
    ike::AssignAddresses question;
    ike::Lease lease{};
    std::vector<ike::IkeSaId> called{};  // Older sessions that were asked for a sign of life; then those that gave one.
    Instant called_at{};
  };

  void ask(ike::IkeSaId id, UserQuestion question) { conclusions_.emplace_back(UserAsk{id, std::move(question)}); }
  void ask_owner(ike::IkeSaId id);
  // Of what a RADIUS server named for it, the owner knows no groups of these names.
  void tell_unknown(ike::IkeSaId id, const Session& session, const std::vector<std::string>& unknown);
  std::optional<Objection> objection_to_opening(ike::IkeSaId id, const Session& session, const Authorized& answer,
                                                const ConnectionRule& rule) const;
  void lease(Instant now, ike::IkeSaId id, Opening& opening);
  Result<ike::Lease, Lack> assign(const ike::AssignAddresses& question, const Session& session,
                                  const std::vector<ike::IkeSaId>& replaced);
  void refuse_opening(ike::IkeSaId id, Objection why);
  // What the owner says of one who is in.
  void confirm(ike::IkeSaId id, Session& session, Authorization answer);
  void release(ike::IkeSaId id);
  // One that failed had these addresses together with the session that it was to replace: theirs are that session's rules again.
  void restore_firewall(const Session& failed, const std::vector<LeasedAddress>& had);
  void close(ike::IkeSaId id, Ending why);

  std::shared_ptr<const Config> config_;
  SessionTable& sessions_;
  const ike::Endpoint& engine_;
  Leases leases_;
  Networks networks_;
  Precedence precedence_;
  std::map<ike::IkeSaId, Opening> openings_;
  std::set<std::pair<Instant, ike::IkeSaId>> calls_;  // Openings that wait for an answer, and how long.
  std::deque<Conclusion> conclusions_;
};

}  // namespace agilevpn::gateway
