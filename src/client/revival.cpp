#include "client/revival.h"

#include <utility>

#include "base/codec.h"
#include "client/core.h"

namespace agilevpn::client {

void Revival::note_sent(Instant now, Probe probe) {
  probe_ = probe;
  sent_ = now;
}

// An answer to the first copy: hardly anything is lost on this path, the session's requests neither.
void Revival::note_gateway_there(Instant now) { weight_ = now < sent_ + prompt_ ? limits::heard_clearly : 1; }

bool Revival::is_forgotten(Instant last_heard) {
  const int weight = std::exchange(weight_, 0);
  if (weight == 0) return false;
  if (std::exchange(last_heard_, last_heard) != last_heard) in_vain_ = 0;  // It does know us.
  return (in_vain_ += weight) >= limits::forgotten_after;
}

// ---- The connection's part.

void Connection::Core::probe_gateway(Instant now) {
  const auto candidate = revival.next_way(manager.candidates(now));
  if (candidate) revival.note_sent(now, {begin(now, candidate->path, false).ike_sa, candidate->path});
}

void Connection::Core::stop_probing(Instant now) {
  if (const auto probe = revival.take_probe()) endpoint.close(now, probe->ike_sa);
}

bool Connection::Core::is_for_probe(ByteView datagram) const {
  const auto info = revival.probe() ? endpoint.find(revival.probe()->ike_sa) : std::nullopt;
  const auto spi_i = Reader{datagram}.u64("IKE SA Initiator's SPI");
  return info && spi_i && *spi_i == info->spi_i.value;
}

void Connection::Core::handle_probe_answer(Instant now) {
  Path path = revival.probe()->path;
  path.local.port = path.peer.port = nat_traversal_port;
  stop_probing(now);
  manager.handle_gateway_heard(now, path);
  settle(now);
  if (manager.state() == mobility::State::DormantWaitingToReconnect) revival.note_gateway_there(now);
}

bool Connection::Core::is_forgotten(Instant now) {
  if (manager.state() != mobility::State::DormantWaitingToReconnect) return revival.doubt(), false;
  const auto info = endpoint.find(session->ike_sa);
  if (!revival.is_forgotten(info ? info->last_heard : Instant{})) return false;
  let_go(now, session->ike_sa);
  lose_session(now, "the gateway has forgotten the session");
  connect_at_once(now);
  return true;
}

}  // namespace agilevpn::client
