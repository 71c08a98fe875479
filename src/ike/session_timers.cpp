// What a session does when time passes: its one deadline, and what is due; and what traffic says of the path.
#include "base/timers.h"
#include "ike/create_child.h"
#include "ike/followup_ke.h"
#include "ike/handshake.h"
#include "ike/informational.h"
#include "ike/rekey_ike.h"
#include "ike/session.h"
#include "ike/ticket_exchange.h"

namespace agilevpn::ike {

// Only what handle_timeout() would serve in this phase: a deadline that stays would be due for ever.
std::optional<Instant> Session::next_timeout() const {
  std::optional<Instant> earliest;
  if (is_suspended_ || phase == Phase::Closed) return earliest;
  take_earlier(earliest, ike_sas.next_timeout());
  take_earlier(earliest, children.next_timeout());
  take_earlier(earliest, expires_at);
  if (handshake && handshake->refusal) take_earlier(earliest, handshake->refusal->believed_at);
  take_earlier(earliest, unreachable_until_);
  if (pending_sa) take_earlier(earliest, pending_sa->expires_at);
  if (phase != Phase::Established) return earliest;
  take_earlier(earliest, current().rekey_at);
  take_earlier(earliest, ticket_at);
  for (const ChildSa& child : children)
    for (const auto& at : {child.rekey_at, child.expires_at}) take_earlier(earliest, at);
  for (const auto& [at, exchange] : retries) take_earlier(earliest, at);
  take_earlier(earliest, liveness_due());
  return earliest;
}

std::optional<Instant> Session::liveness_due() const {
  const bool is_idle = !current().outstanding && queue_.empty();
  if (!is_idle || settings().liveness_interval == Duration{0}) return std::nullopt;
  return last_heard + settings().liveness_interval;
}

// Whether the session is over: half open for too long, refused, or out of reach.
bool Session::is_given_up(Instant now) {
  if (is_due(expires_at, now)) {
    forget_fragments(current().requests);
    finish(IkeSaClosed::Reason::Expired, "IKE_AUTH did not follow in time");
  } else if (handshake && handshake->refusal && now >= handshake->refusal->believed_at) {
    finish(IkeSaClosed::Reason::Refused, handshake->refusal->detail);
  } else if (is_due(unreachable_until_, now)) {
    finish(IkeSaClosed::Reason::NoAnswer, "out of reach for too long, last at " + path.peer.to_string());
  }
  return phase == Phase::Closed;
}

// Retransmissions and fragments that stay away.
void Session::serve_messages(Instant now) {
  for (IkeSa& ike_sa : ike_sas) {
    if (phase == Phase::Closed) return;
    if (ike_sa.outstanding && is_due(ike_sa.outstanding->resend_at, now)) retransmit(now, ike_sa);
    if (ike_sa.requests.is_expired(now)) forget_fragments(ike_sa.requests);
    if (ike_sa.responses.is_expired(now)) forget_fragments(ike_sa.responses);
  }
}

void Session::queue_due_child(ChildSa& child, Instant now) {
  if (is_due(child.expires_at, now)) {
    child.expires_at.reset();
    child.rekey_at.reset();
    if (child.state == ChildSa::State::Installed) queue_.push_back(delete_child_sa(child.id));
  }
  if (!is_due(child.rekey_at, now)) return;
  child.rekey_at.reset();
  queue_.push_back(rekey_child_sa(child.id));
}

void Session::queue_due_exchanges(Instant now) {
  if (is_due(current().rekey_at, now)) {
    current().rekey_at.reset();
    queue_.push_back(rekey_ike_sa());
  }
  if (is_due(ticket_at, now)) {
    ticket_at.reset();
    queue_.push_back(request_ticket());
  }
  for (auto& [at, exchange] : retries)
    if (now >= at) queue_.push_back(std::move(exchange));
  std::erase_if(retries, [](const auto& retry) { return !retry.second; });
  for (ChildSa& child : children) queue_due_child(child, now);
  if (is_due(liveness_due(), now)) queue_.push_back(liveness_check());
}

void Session::handle_timeout(Instant now) {
  if (is_suspended_ || phase == Phase::Closed || is_given_up(now)) return;
  serve_messages(now);
  if (phase == Phase::Closed) return;
  if (pending_sa && now >= pending_sa->expires_at) pending_sa.reset();
  serve_ike_sas(now);
  children.handle_timeout(now);
  if (phase != Phase::Established) return;
  queue_due_exchanges(now);
  pump(now);
}

bool Session::is_running_out(const ChildSa& child, const TrafficReport& report) const {
  if (report.sequence_number > limits::rekey_sequence_number && !child.suite.extended_sequence_numbers) return true;
  const std::uint64_t most = settings().child_rekey_bytes;
  return most != 0 && report.bytes_in + report.bytes_out > most && !quirks.has(Quirk::RekeysChildren);
}

// Silence after what we sealed says more than silence alone: a dead path or a lost NAT mapping is found within seconds
// rather than at the next liveness check. The session's initiator, who can move, looks for it.
void Session::handle_traffic(Instant now, const TrafficReport& report) {
  ChildSa* child = children.find(report.child);
  if (!child || phase != Phase::Established) return;
  if (report.last_inbound && *report.last_inbound > last_heard) {
    heard(*report.last_inbound, path);
    if (child->state == ChildSa::State::Installed && *report.last_inbound > child->established)
      children.use_outbound(*child);
  }
  if (is_running_out(*child, report) && child->state == ChildSa::State::Installed &&
      !std::exchange(child->is_running_out, true)) {
    child->rekey_at.reset();
    enqueue(now, rekey_child_sa(child->id));
  }
  const bool did_seal = report.bytes_out > std::exchange(child->bytes_out, report.bytes_out);
  if (!is_initiator || is_suspended_) return;
  if (did_seal && !unanswered_since_ && now > last_heard + limits::one_way_silence) unanswered_since_ = now;
  if (!unanswered_since_ || current().outstanding || !queue_.empty()) return;
  unanswered_since_.reset();
  enqueue(now, liveness_check());
}

}  // namespace agilevpn::ike
