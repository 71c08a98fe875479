#include "ike/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "ike/create_child.h"
#include "ike/followup_ke.h"
#include "ike/handshake.h"
#include "ike/informational.h"
#include "ike/key_log.h"
#include "ike/mobike.h"
#include "ike/rekey_ike.h"
#include "ike/ticket_exchange.h"

namespace agilevpn::ike {

Session::Session(Context& ctx, IkeSaId session_id, bool initiator, const Path& on, Instant now)
    : context(ctx),
      id(session_id),
      is_initiator(initiator),
      path(on),
      last_heard(now),
      children(ctx, session_id),
      handshake(std::make_unique<Handshake>()) {}

Session::~Session() = default;

// ---- Exchanges of ours

void Session::enqueue(Instant now, std::unique_ptr<Exchange> exchange) {
  queue_.push_back(std::move(exchange));
  pump(now);
}

bool Session::has_queued(Exchange::Kind kind) const {
  return std::ranges::any_of(queue_, [&](const auto& exchange) { return exchange->kind() == kind; });
}

Exchange* Session::outstanding(Exchange::Kind kind) const {
  if (ike_sas.empty() || !current().outstanding || current().outstanding->exchange->kind() != kind) return nullptr;
  return current().outstanding->exchange.get();
}

void Session::pump(Instant now) {
  const auto may_send = [this] {
    return is_established() && !is_suspended_ && !ike_sas.is_held() && !current().outstanding &&
           !current().is_answering;  // First the response.
  };
  while (may_send() && !queue_.empty()) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    send_request(now, current(), std::move(next));
  }
}

// ---- IKE SAs

void Session::make_current(Instant now, IkeSa& ike_sa) {
  if (!ike_sas.make_current(ike_sa)) return;
  schedule_ike_rekey(now, ike_sa);
  if (wants_tickets) queue_.push_back(request_ticket());  // The last one was for the SK_d before (RFC 5723 §6.2).
  emit(IkeSaRekeyed{id, ike_sa.spi_i, ike_sa.spi_r, ike_sa.suite.to_string()});
}

void Session::adopt_successor(Instant now) {
  if (!ike_sas.awaited()) return;
  make_current(now, *ike_sas.awaited());
  pump(now);
}

void Session::serve_ike_sas(Instant now) {
  if (ike_sas.handle_timeout(now)) finish(IkeSaClosed::Reason::ByUs, "closed");
}

void Session::schedule_ike_rekey(Instant now, IkeSa& ike_sa) {
  if (settings().ike_rekey > Duration{0}) ike_sa.rekey_at = now + rekey_delay(settings().ike_rekey);
}

// The session's initiator comes first, so that both ends rarely rekey at once.
Duration Session::rekey_delay(Duration lifetime) {
  return lifetime / 10 * (is_initiator ? 8 : 9) + context.random.jitter(lifetime / 10);
}

// ---- Child SAs

void Session::install_child(Instant now, ChildSa child, ChildKeys keys, ExchangeRole ours, Sealing sealing,
                            std::optional<ChildSaId> rekeyed) {
  if (settings().child_rekey > Duration{0} && !quirks.has(Quirk::RekeysChildren))
    child.rekey_at = now + rekey_delay(settings().child_rekey);
  if (settings().child_lifetime > Duration{0}) child.expires_at = now + settings().child_lifetime;
  if (sealing == Sealing::Later) child.use_at = now + limits::responder_outbound_wait;
  const bool begins = ours == ExchangeRole::Initiator;
  InstallChildSa install{.inbound_encryption_key = std::move(begins ? keys.encryption_r : keys.encryption_i),
                         .inbound_integrity_key = std::move(begins ? keys.integrity_r : keys.integrity_i),
                         .outbound_encryption_key = std::move(begins ? keys.encryption_i : keys.encryption_r),
                         .outbound_integrity_key = std::move(begins ? keys.integrity_i : keys.integrity_r),
                         .path = esp_path()};
  children.install(now, std::move(child), std::move(install), rekeyed);
}

// ---- The peer's habits

void Session::recognize_peer(PeerGuess guess) {
  product = guess;
  quirks = quirks_of(guess.kind).without(settings().ignored_quirks);
}

void Session::learn(Quirks shown, std::string shown_by) {
  const Quirks news = shown.without(quirks).without(settings().ignored_quirks);
  if (news == Quirks{}) return;
  quirks.add(news);
  if (news.has(Quirk::RekeysChildren))
    for (ChildSa& child : children) child.rekey_at.reset();
  emit(QuirkLearned{id, news, std::move(shown_by)});
}

// ---- Path

bool Session::uses_udp_encapsulation() const {
  if (!has_non_esp_marker(path))
    return false;  // On port 500 everything is IKE: a peer that stays there takes ESP as it is.
  if (nat.is_local_behind_nat || nat.is_peer_behind_nat || is_nat_unknown_) return true;
  return settings().always_udp_encapsulation && (!is_initiator || product.kind == PeerKind::AgileVpn);
}

void Session::add_nat_detection(wire::Payloads& payloads, const IkeSa& ike_sa, const Path& on) const {
  const bool claims_nat = settings().always_udp_encapsulation && !settings().prohibit_nat && !is_initiator &&
                          product.kind != PeerKind::AgileVpn;
  // A port that nobody has.
  const Path shown = claims_nat ? Path{{on.local.address, 0}, on.peer} : on;
  ike::add_nat_detection(payloads, ike_sa.spi_i, ike_sa.spi_r, shown);
}

void Session::note_nat(const NatFindings& findings) {
  if (!findings.was_checked) return;
  const bool was_encapsulated = uses_udp_encapsulation();
  nat = findings;
  is_nat_unknown_ = false;
  const std::pair found{nat.is_local_behind_nat, nat.is_peer_behind_nat};
  if (std::exchange(told_nat_, found) != found) emit(NatDetected{id, found.first, found.second});
  if (was_encapsulated != uses_udp_encapsulation()) children.move(esp_path());
}

// What waits for a response was sent to where nobody may be any more.
void Session::redirect_requests(Instant now) {
  for (IkeSa& ike_sa : ike_sas) {
    if (!ike_sa.outstanding) continue;
    ike_sa.outstanding->path = path;
    ike_sa.outstanding->attempts = 1;
    resend(now, ike_sa);
  }
}

void Session::set_path(Instant now, const Path& to, const NatFindings& findings, bool by_peer) {
  const Path from = std::exchange(path, to);
  note_nat(findings);
  if (from == to) return;
  children.move(esp_path());
  emit(PathChanged{id, from, to, by_peer, uses_udp_encapsulation()});
  redirect_requests(now);
}

void Session::move(Instant now, const Path& to) {
  if (!is_established()) return;
  is_suspended_ = false;
  ike_sas.release();  // The peer, who should speak first after its rekey, would speak to where we are no longer.
  unanswered_since_.reset();
  const Path from = std::exchange(path, to);
  if (from != to) is_nat_unknown_ = true;
  children.move(esp_path());
  if (from != to) emit(PathChanged{id, from, to, false, uses_udp_encapsulation()});
  redirect_requests(now);
  if (!is_mobike) return;
  std::erase_if(queue_, [](const auto& e) {
    return e->kind() == Exchange::Kind::UpdateAddresses || e->kind() == Exchange::Kind::Liveness;
  });
  queue_.push_front(update_addresses());
  pump(now);
}

void Session::suspend() {
  if (phase == Phase::Established) is_suspended_ = true;
}

void Session::close(Instant now) {
  if (phase == Phase::Closing || phase == Phase::Closed) return;
  if (phase != Phase::Established) return finish(IkeSaClosed::Reason::ByUs, "given up before it was established");
  phase = Phase::Closing;
  is_suspended_ = false;
  queue_.clear();
  retries.clear();
  ike_sas.close(now);
  // The peer may know either of the two.
  if (ike_sas.awaited()) send_request(now, *ike_sas.awaited(), delete_ike_sa());
  // A request that is under way goes first, since the peer takes one at a time (§2.3). Both have close_grace: a peer that
  // answers neither in it cannot be told.
  if (!current().outstanding) return send_request(now, current(), delete_ike_sa());
  queue_.push_back(delete_ike_sa());
}

// ---- Ends

void Session::refuse(wire::ExchangeType exchange, wire::NotifyType notify, bool by_peer, std::string reason,
                     Bytes data) {
  emit(ExchangeRefused{id, exchange, notify, by_peer, std::move(reason), AuthFault::None, std::move(data)});
}

void Session::forget_fragments(Reassembly& reassembly) {
  if (!reassembly.empty()) emit(FragmentsLost{id, path, reassembly.received(), reassembly.total()});
  reassembly.clear();
}

void Session::finish(IkeSaClosed::Reason reason, std::string detail) {
  if (phase == Phase::Closed) return;
  const bool was_established = is_established();
  phase = Phase::Closed;
  children.retire_all(reason != IkeSaClosed::Reason::ByUs);
  queue_.clear();
  emit(IkeSaClosed{id, reason, was_established, peer, std::move(detail)});
}

IkeSaInfo Session::info() const {
  const IkeSa* const ike_sa = ike_sas.empty() ? nullptr : &current();
  IkeSaInfo info{.ike_sa = id,
                 .is_initiator = is_initiator,
                 .is_established = is_established(),
                 .spi_i = ike_sa ? ike_sa->spi_i : IkeSpi{},
                 .spi_r = ike_sa ? ike_sa->spi_r : IkeSpi{},
                 .local = local,
                 .peer = peer,
                 .path = path,
                 .is_local_behind_nat = nat.is_local_behind_nat,
                 .is_peer_behind_nat = nat.is_peer_behind_nat,
                 .is_mobike = is_mobike,
                 .is_resumed = is_resumed,
                 .udp_encapsulation = uses_udp_encapsulation(),
                 .suite = ike_sa && ike_sa->prf ? ike_sa->suite.to_string() : "",
                 .established = established,
                 .last_heard = last_heard,
                 .rekey_at = ike_sa ? ike_sa->rekey_at : std::nullopt,
                 .lease = lease,
                 .peer_additional_addresses = peer_additional_addresses,
                 .product = product,
                 .quirks = quirks,
                 .child_sas = {}};
  for (const ChildSa& child : children) {
    if (child.state == ChildSa::State::Lingering) continue;
    info.child_sas.push_back({child.id, child.spi_inbound, child.spi_outbound, child.suite.to_string(), child.ts_local,
                              child.ts_remote, child.established, child.rekey_at});
  }
  return info;
}

}  // namespace agilevpn::ike
