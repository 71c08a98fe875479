// What RADIUS servers order about sessions (RFC 5176): to end them, to change what they may do. Not there without a
// server that may (Config::dynamic_authorization).
//
// Call handle_datagram(), then drain poll_transmit() and poll_conclusion().
#pragma once

#include <map>

#include "gateway/conclusion.h"
#include "gateway/session_table.h"
#include "radius/dynamic_authorization.h"

namespace agilevpn::gateway {

class Orders {
 public:
  // `sessions` must outlive it.
  Orders(std::shared_ptr<const Config> config, SessionTable& sessions);
  void reconfigure(std::shared_ptr<const Config> config) { config_ = std::move(config); }

  // At `now`, which the calendar calls `date`.
  void handle_datagram(Instant now, WallTime date, const radius::Origin& origin, ByteView datagram);

  // To a FindGroup.
  void handle_group(Instant now, std::uint64_t order, const GroupAnswer& answer);

  std::optional<radius::DynamicAuthorization::Transmit> poll_transmit();
  std::optional<Conclusion> poll_conclusion();

 private:
  struct Waiting {  // For what the owner says of its group.
    radius::DynamicAsk ask;
    radius::Grant granted;
  };

  void obey(Instant now, const radius::DynamicAsk& ask, const radius::Disconnect& order);
  void obey(Instant now, const radius::DynamicAsk& ask, const radius::ChangeOfAuthorization& order);
  void obey(Instant now, const Waiting& waiting, const GroupAnswer& answer);
  void tell();
  std::vector<ike::IkeSaId> sessions_of(const radius::SessionSelector& selector) const;
  void change(Instant now, const radius::DynamicAsk& ask, const radius::Grant& granted);
  void change(Instant now, ike::IkeSaId id, const radius::Grant& granted);

  std::shared_ptr<const Config> config_;
  SessionTable& sessions_;
  std::optional<radius::DynamicAuthorization> radius_;
  std::map<std::uint64_t, Waiting> waiting_;  // By their ids.
  std::deque<Conclusion> conclusions_;
};

}  // namespace agilevpn::gateway
