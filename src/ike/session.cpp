#include "ike/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/timers.h"
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
    : context(ctx), id(session_id), is_initiator(initiator), path(on), last_heard(now), children(ctx, session_id),
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
  if (!current_ || !current_->outstanding || current_->outstanding->exchange->kind() != kind) return nullptr;
  return current_->outstanding->exchange.get();
}

void Session::pump(Instant now) {
  const auto may_send = [this] {
    return is_established() && !is_suspended_ && !hold_until_ && !current_->is_replaced && !current_->outstanding &&
           !current_->is_answering;  // First the response.
  };
  while (may_send() && !queue_.empty()) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    send_request(now, *current_, std::move(next));
  }
}

// After a response of ours to a Delete, a session or an IKE SA may be over.
void Session::after_response(Instant now, IkeSa& ike_sa) {
  if (ike_sa.forget_at && now >= *ike_sa.forget_at) forget_replaced(now);
}

// ---- IKE SAs

IkeSa& Session::add_ike_sa(IkeSpi spi_i, IkeSpi spi_r, bool is_original_initiator) {
  auto ike_sa = std::make_unique<IkeSa>();
  ike_sa->spi_i = spi_i;
  ike_sa->spi_r = spi_r;
  ike_sa->is_original_initiator = is_original_initiator;
  ike_sas_.push_back(std::move(ike_sa));
  if (!current_) current_ = ike_sas_.back().get();
  return *ike_sas_.back();
}

void Session::make_current(Instant now, IkeSa& ike_sa) {
  if (current_ == &ike_sa) return;
  current_->is_replaced = true;
  current_->rekey_at.reset();
  ike_sa.forget_at = phase == Phase::Closing ? current_->forget_at : std::nullopt;
  current_ = &ike_sa;
  successor_ = nullptr;
  hold_until_.reset();
  ike_sa.is_replaced = false;
  schedule_ike_rekey(now, ike_sa);
  if (wants_tickets) queue_.push_back(request_ticket());  // The last one was for the SK_d before (RFC 5723 §6.2).
  emit(IkeSaRekeyed{id, ike_sa.spi_i, ike_sa.spi_r, ike_sa.suite.to_string()});
}

void Session::await_successor(Instant now, IkeSa& successor) {
  if (successor_) successor_->is_replaced = true;
  successor_ = &successor;
  hold_until_ = now + limits::old_ike_linger;
  current_->rekey_at.reset();
}

void Session::adopt_successor(Instant now) {
  if (!successor_) return;
  make_current(now, *successor_);
  pump(now);
}

// The peer was heard on the current IKE SA. Until then it may lack our response to its own rekey of a replaced one, and ask
// for it again when it is back.
void Session::let_replaced_linger(Instant now) {
  for (const auto& ike_sa : ike_sas_)
    if (ike_sa->is_replaced && !ike_sa->forget_at) ike_sa->forget_at = now + limits::old_ike_linger;
}

void Session::schedule_ike_rekey(Instant now, IkeSa& ike_sa) {
  if (settings().ike_rekey > Duration{0}) ike_sa.rekey_at = now + rekey_delay(settings().ike_rekey);
}

// The session's initiator comes first, so that both ends rarely rekey at once.
Duration Session::rekey_delay(Duration lifetime) {
  return lifetime / 10 * (is_initiator ? 8 : 9) + context.random.jitter(lifetime / 10);
}

void Session::forget_replaced(Instant now) {
  if (successor_ && is_due(successor_->forget_at, now)) successor_ = nullptr;
  std::erase_if(ike_sas_, [&](const auto& ike_sa) {
    return ike_sa.get() != current_ && is_due(ike_sa->forget_at, now);
  });
  if (is_due(current_->forget_at, now)) finish(IkeSaClosed::Reason::ByUs, "closed");
}

// ---- Child SAs

void Session::install_child(Instant now, ChildSa child, ChildKeys keys, ExchangeRole ours, Sealing sealing,
                            std::optional<ChildSaId> rekeyed) {
  if (settings().child_rekey > Duration{0} && !quirks.has(Quirk::RekeysChildren)) child.rekey_at = now + rekey_delay(settings().child_rekey);
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
  if (!has_non_esp_marker(path)) return false;  // On port 500 everything is IKE: a peer that stays there takes ESP as it is.
  if (nat.is_local_behind_nat || nat.is_peer_behind_nat || is_nat_unknown_) return true;
  return settings().always_udp_encapsulation && (!is_initiator || product.kind == PeerKind::AgileVpn);
}

void Session::add_nat_detection(wire::Payloads& payloads, const IkeSa& ike_sa, const Path& on) const {
  const bool claims_nat = settings().always_udp_encapsulation && !settings().prohibit_nat && !is_initiator && product.kind != PeerKind::AgileVpn;
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
  for (const auto& ike_sa : ike_sas_) {
    if (!ike_sa->outstanding) continue;
    ike_sa->outstanding->path = path;
    ike_sa->outstanding->attempts = 1;
    resend(now, *ike_sa);
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
  hold_until_.reset();  // The peer, who should speak first after its rekey, would speak to where we are no longer.
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
  hold_until_.reset();
  current_->forget_at = now + limits::close_grace;
  // The peer may know either of the two.
  if (successor_) send_request(now, *successor_, delete_ike_sa());
  // A request that is under way goes first, since the peer takes one at a time (§2.3). Both have close_grace: a peer that
  // answers neither in it cannot be told.
  if (!current_->outstanding) return send_request(now, *current_, delete_ike_sa());
  queue_.push_back(delete_ike_sa());
}

// ---- Ends

void Session::refuse(wire::ExchangeType exchange, wire::NotifyType notify, bool by_peer, std::string reason, Bytes data) {
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
  IkeSaInfo info{.ike_sa = id,
                 .is_initiator = is_initiator,
                 .is_established = is_established(),
                 .spi_i = current_ ? current_->spi_i : IkeSpi{},
                 .spi_r = current_ ? current_->spi_r : IkeSpi{},
                 .local = local,
                 .peer = peer,
                 .path = path,
                 .is_local_behind_nat = nat.is_local_behind_nat,
                 .is_peer_behind_nat = nat.is_peer_behind_nat,
                 .is_mobike = is_mobike,
                 .is_resumed = is_resumed,
                 .udp_encapsulation = uses_udp_encapsulation(),
                 .suite = current_ && current_->prf ? current_->suite.to_string() : "",
                 .established = established,
                 .last_heard = last_heard,
                 .rekey_at = current_ ? current_->rekey_at : std::nullopt,
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
