// Who has proved who it is: from there to its inner addresses. The owner says whom each peer is to it and what that
// gets (Authorize), an address is leased and kept (KeepLeases), and the engine hears of it. Those who are in are asked
// about again when users or groups change.
//
// Call one command or handle_*(), then drain poll_conclusion(). The session table is the gateway's, which learns here
// what belongs to its sessions; the engine is only asked where a peer is and when it was heard.
#pragma once

#include <map>

#include "gateway/conclusion.h"
#include "gateway/leases.h"
#include "gateway/networks.h"
#include "gateway/session_table.h"
#include "ike/endpoint.h"

namespace agilevpn::gateway {

class Openings {
 public:
  // `sessions` and `engine` must outlive it.
  Openings(std::shared_ptr<const Config> config, SessionTable& sessions, const ike::Endpoint& engine);
  void reconfigure(std::shared_ptr<const Config> config) { config_ = std::move(config); }

  void begin(ike::AskId ask, const ike::AssignAddresses& question);
  // Asks about everybody who is in.
  void recheck();
  void handle_authorization(Instant now, ike::IkeSaId id, Authorization answer);
  void handle_kept(Instant now, WallTime date, ike::IkeSaId id, const Kept& kept);
  // Whether it covers what stands behind its client.
  void handle_child(const ike::ChildSaEstablished& fact);
  // Its IKE SA is gone: so are its addresses.
  void handle_closed(ike::IkeSaId id);

  std::optional<Conclusion> poll_conclusion();
  Leases& leases() { return leases_; }
  Networks& networks() { return networks_; }

 private:
  struct Opening {
    ike::AskId ask;  // The engine's.
    ike::AssignAddresses question;
    ike::Lease lease;
  };

  void ask(ike::IkeSaId id, UserQuestion question) { conclusions_.emplace_back(UserAsk{id, std::move(question)}); }
  // Of what a RADIUS server named for it, the owner knows no groups of these names.
  void tell_unknown(ike::IkeSaId id, const Session& session, const std::vector<std::string>& unknown);
  void lease(Instant now, ike::IkeSaId id, Opening& opening);
  Result<ike::Lease, Lack> assign(const ike::AssignAddresses& question, const Session& session);
  // Those that `newest` will end.
  std::vector<ike::IkeSaId> replaced_by(const ike::AssignAddresses& newest) const;
  // `who` as it is kept; `group_fault`: if its group is why.
  void refuse_opening(ike::IkeSaId id, ike::wire::NotifyType notify, std::string why, Refusal cause = Refusal::Other,
                      std::string who = {}, std::optional<GroupFault> group_fault = {});
  // What the owner says of one who is in.
  void confirm(ike::IkeSaId id, Session& session, Authorization answer);
  void release(ike::IkeSaId id);
  // One that failed had these addresses together with the session that it was to replace: theirs are that session's rules again.
  void restore_firewall(const Session& failed, const std::vector<LeasedAddress>& had);
  void close(ike::IkeSaId id, Ending why);

  // ---- Who must go first.
  // A client that comes anew and wants the address of its former session, or is to have no other, has lost that session,
  // whatever we think. So has one that comes from where that session is.
  void take_over(Instant now, const ike::AssignAddresses& question, const ConnectionRule& rule);
  // No two clients have the same outer address and port: one that was killed is there again, and knows nothing of it.
  bool is_in_place_of(ike::IkeSaId newest, ike::IkeSaId older) const;
  // The engine ends the peer's older sessions as soon as this one is established (RFC 7296 §2.4). Until then they keep
  // all that they have, and what the newest of them has is this one's too.
  bool is_replaced_by(const ike::AssignAddresses& question, ike::IkeSaId id) const;
  // For one more device of its owner; why there is no room.
  std::optional<std::string> make_room(const ike::AssignAddresses& newest);

  std::shared_ptr<const Config> config_;
  SessionTable& sessions_;
  const ike::Endpoint& engine_;
  Leases leases_;
  Networks networks_;
  std::map<ike::IkeSaId, Opening> openings_;
  std::deque<Conclusion> conclusions_;
};

}  // namespace agilevpn::gateway
