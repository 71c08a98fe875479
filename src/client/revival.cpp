// A gateway that is silent may have lost the session: it restarted. So while we sleep for want of an answer, an
// IKE_SA_INIT asks whether anybody is there:
//
//   asleep, no answer on any path:   HDR(new SPI), SAi1, KEi, Ni  -->
//                                    <--  anything with that SPI: the gateway is there
//   awake on that path:              HDR(session), SK {N(UPDATE_SA_ADDRESSES) ...}  -->
//                                    <--  answered: all is well; or not, again and again: the session is gone, and a
//                                        new one is made
//
// RFC 7296 §2.4 lets nothing unprotected end an IKE SA, and this does not: the session ends because it gets no answer
// from a gateway that could give one. The IKE_SA_INIT never comes to more than its response.
#include <utility>

#include "base/codec.h"
#include "client/core.h"

namespace agilevpn::client {

void Connection::Core::feel(Instant now) {
  if (const auto candidate = feelers.next(manager.candidates(now))) feeler = begin(now, candidate->path, false);
  felt_at = now;
}

void Connection::Core::stop_feeling(Instant now) {
  if (feeler) endpoint.close(now, std::exchange(feeler, std::nullopt)->ike_sa);
}

bool Connection::Core::is_for_feeler(ByteView datagram) const {
  const auto info = feeler ? endpoint.find(feeler->ike_sa) : std::nullopt;
  const auto spi_i = Reader{datagram}.u64("IKE SA Initiator's SPI");
  return info && spi_i && *spi_i == info->spi_i.value;
}

void Connection::Core::handle_feeler_answer(Instant now) {
  Path path = feeler->path;
  path.local.port = path.peer.port = nat_traversal_port;
  stop_feeling(now);
  manager.handle_gateway_heard(now, path);
  settle(now);
  if (manager.state() != mobility::State::DormantWaitingToReconnect) return;
  // An answer to the first copy: hardly anything is lost on this path, the session's requests neither.
  heard = now < felt_at + profile.settings.retransmit_first ? limits::heard_clearly : 1;
}

bool Connection::Core::is_forgotten(Instant now) {
  const int weight = std::exchange(heard, 0);
  if (weight == 0 || manager.state() != mobility::State::DormantWaitingToReconnect) return false;
  const auto info = endpoint.find(session->ike_sa);
  if (info && std::exchange(session->last_heard, info->last_heard) != info->last_heard) heard_in_vain = 0;  // It does know us.
  if ((heard_in_vain += weight) < limits::forgotten_after) return false;
  let_go(now, session->ike_sa);
  lose_session(now, "the gateway has forgotten the session");
  connect_at_once(now);
  return true;
}

}  // namespace agilevpn::client
