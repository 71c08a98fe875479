// The IKE SAs of one session, and which succeeds which (RFC 7296 §2.8). One is the current one: what we begin goes there. The one
// that our own rekey makes is current at once. The one that the peer's makes is awaited: it counts as soon as the peer, who has our
// response then, uses it or deletes the old one, however long that takes. A replaced one only deletes itself and answers.
//
// Keys, timers of rekeys and what people are told are the session's.
#pragma once

#include <list>
#include <optional>

#include "ike/ike_sa.h"

namespace agilevpn::ike {

class IkeSas {
 public:
  IkeSas() = default;
  IkeSas(const IkeSas&) = delete;
  IkeSas& operator=(const IkeSas&) = delete;

  auto begin() { return all_.begin(); }
  auto begin() const { return all_.begin(); }
  auto end() { return all_.end(); }
  auto end() const { return all_.end(); }
  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  IkeSa& current() const { return *current_; }  // There must be one.
  IkeSa* find(IkeSpi local);
  IkeSa* find(const wire::Header& header);  // By its SPIs, whatever its flags say.

  // The first one is the current one.
  IkeSa& add(IkeSpi spi_i, IkeSpi spi_r, bool is_original_initiator);
  // False: it is so already.
  bool make_current(IkeSa& successor);
  // The peer made this one by a rekey. For a little while, nothing new is to be sent on the current one.
  void await(Instant now, IkeSa& successor);
  IkeSa* awaited() const { return awaited_; }
  bool is_held() const { return hold_until_.has_value(); }
  void release() { hold_until_.reset(); }
  // Of two successors, this one has lost (§2.8.2).
  void give_up(IkeSa& redundant) { redundant.is_replaced = true; }

  // The peer was heard on this one.
  void handle_heard(Instant now, const IkeSa& ike_sa);
  // It is deleted at both ends, and gone with the next handle_timeout().
  void retire(Instant now, IkeSa& ike_sa) { ike_sa.forget_at = now; }
  // Our Delete of the current one is on its way. Whichever is current then is over after limits::close_grace.
  void close(Instant now);

  // Retransmissions included, which are the session's to serve.
  std::optional<Instant> next_timeout() const;
  // True: the current one is over, and with it the session.
  bool handle_timeout(Instant now);

 private:
  std::list<IkeSa> all_;  // They stay where they are in memory.
  IkeSa* current_ = nullptr;
  IkeSa* awaited_ = nullptr;
  std::optional<Instant> hold_until_;  // Then we go on without the one that is awaited.
};

}  // namespace agilevpn::ike
