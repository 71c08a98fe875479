// The Child SAs of one session, from installation to the last packet in flight. What becomes of them is told to the data plane
// (sa_change.h) and to people (event.h) through the context.
#pragma once

#include <optional>
#include <vector>

#include "ike/child_sa.h"
#include "ike/context.h"

namespace agilevpn::ike {

class ChildSas {
 public:
  ChildSas(Context& context, IkeSaId ike_sa) : context_(context), ike_sa_(ike_sa) {}

  auto begin() { return all_.begin(); }
  auto begin() const { return all_.begin(); }
  auto end() { return all_.end(); }
  auto end() const { return all_.end(); }
  std::size_t size() const { return all_.size(); }
  const ChildSa& newest() const { return all_.back(); }  // There must be one.
  ChildSa* find(ChildSaId child);
  ChildSa* find_outbound(EspSpi spi);  // As the peer names it in REKEY_SA and Delete.

  // Gives it an ID, and it to the data plane: `install` has its keys and path, the rest comes from `child`.
  void install(Instant now, ChildSa child, InstallChildSa install, std::optional<ChildSaId> rekeyed);
  void use_outbound(ChildSa& child);
  // It is deleted at both ends: gone now, or after its last packets in flight if a rekey replaced it.
  void retire(Instant now, ChildSaId child, bool by_peer);
  void retire_all(bool by_peer);

  void move(const EspPath& to);
  // Nothing more is sealed until the peer has proved that it is where it says (RFC 4555 §3.7).
  void pause();
  void resume(const EspPath& on);

  // Of what is used or removed after a while. Rekeys are the session's.
  std::optional<Instant> next_timeout() const;
  void handle_timeout(Instant now);

 private:
  void remove(ChildSaId child);

  Context& context_;
  const IkeSaId ike_sa_;
  std::vector<ChildSa> all_;
  bool is_paused_ = false;
};

}  // namespace agilevpn::ike
