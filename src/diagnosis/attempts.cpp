#include "diagnosis/attempts.h"

#include <algorithm>

#include "diagnosis/limits.h"

namespace agilevpn::diagnosis {

namespace {

using ike::wire::NotifyType;
using Reason = ike::IkeSaClosed::Reason;

// A user's devices are the user's: "anna/phone" is about anna.
bool names(std::string_view said, std::string_view who) {
  return said.starts_with(who) && (said.size() == who.size() || said[who.size()] == '/');
}

bool is_about(const Attempt& attempt, std::string_view who) {
  if (who.empty() || names(attempt.who, who)) return true;
  if (attempt.auth && names(attempt.auth->peer.to_string(), who)) return true;
  if (attempt.refused && (names(attempt.refused->peer.to_string(), who) || names(attempt.refused->who, who)))
    return true;
  return attempt.path.peer.address.to_string() == who || attempt.path.peer.to_string() == who;
}

// It got no tunnel, or went away as soon as it had one since it did not like something.
bool has_failed(const Attempt& attempt, WallTime now) {
  const Reason reason = attempt.closed->reason;
  if (!attempt.is_established) return reason != Reason::ByUs && reason != Reason::Replaced;
  if (!attempt.had_child) return reason != Reason::Replaced;
  const bool is_fresh = now < attempt.began + limits::fresh;
  const bool did_complain =
      reason == Reason::AuthenticationFailed || attempt.refusal(NotifyType::UseTransportMode, false);
  return is_fresh && did_complain;
}

}  // namespace

void Attempts::handle_event(WallTime now, const gateway::Event& event) {
  now_ = now;
  std::visit([this](const auto& fact) { note(fact); }, event);
}

const Attempt* Attempts::last(std::string_view who) const {
  const Attempt* newest = nullptr;
  for (const auto& ring : failed_)
    for (const Attempt& attempt : ring)
      if (is_about(attempt, who) && (!newest || attempt.at >= newest->at)) newest = &attempt;
  return newest;
}

std::size_t Attempts::failed_count() const {
  std::size_t count = 0;
  for (const auto& ring : failed_) count += ring.size();
  return count;
}

// ---- Before anything is kept of a client.

void Attempts::note(const ike::DatagramDropped& fact) {
  using Cause = ike::DatagramDropped::Cause;
  if (fact.cause == Cause::Other || fact.cause == Cause::Malformed) return;
  forget_failed(
      [&](const Attempt& old) { return old.dropped == fact.cause && old.path.peer.address == fact.path.peer.address; });
  keep({.began = now_, .path = fact.path, .dropped = fact.cause, .detail = clipped(fact.reason)});
}

void Attempts::note(const ike::IkeSaInitRefused& fact) {
  forget_failed([&](const Attempt& old) {
    return old.init_answer && old.spi_i == fact.spi_i && old.path.peer == fact.path.peer;
  });
  keep({.began = now_,
        .path = fact.path,
        .spi_i = fact.spi_i,
        .offer = clipped(fact.offer),
        .init_answer = fact.notify,
        .detail = clipped(fact.reason)});
}

void Attempts::note(const ike::IkeSaInitiated& fact) {
  if (fact.is_initiator) return;
  forget_failed([&](const Attempt& old) {
    return old.init_answer && old.spi_i == fact.spi_i && old.path.peer == fact.path.peer;
  });
  if (open_.size() >= limits::open_max) open_.erase(open_.begin());
  open_[fact.ike_sa] = {.began = now_,
                        .at = now_,
                        .path = fact.path,
                        .spi_i = fact.spi_i,
                        .ike_sa = fact.ike_sa,
                        .offer = clipped(fact.offer),
                        .resumes = fact.resumes};
}

// ---- While it goes on.

void Attempts::note(const ike::NatDetected& fact) {
  if (Attempt* attempt = find(fact.ike_sa)) attempt->is_behind_nat = fact.is_peer_behind_nat;
}

void Attempts::note(const ike::AuthRequested& fact) {
  Attempt* attempt = find(fact.ike_sa);
  if (!attempt) return;
  attempt->path = fact.path;
  attempt->auth = clipped(fact);
  attempt->who = clipped(attempt->auth->peer.to_string());
}

void Attempts::note(const ike::FragmentsLost& fact) {
  if (Attempt* attempt = find(fact.ike_sa)) attempt->fragments = fact;
}

void Attempts::note(const gateway::LoginDelayed& fact) {
  if (Attempt* attempt = find(fact.ike_sa)) attempt->delayed = fact;
}

void Attempts::note(const ike::PeerAuthenticated& fact) {
  if (Attempt* attempt = find(fact.ike_sa)) attempt->who = clipped(fact.peer.to_string());
}

void Attempts::note(const ike::IkeSaEstablished& fact) {
  if (Attempt* attempt = find(fact.ike_sa)) attempt->is_established = true;
}

void Attempts::note(const ike::ChildSaEstablished& fact) {
  Attempt* attempt = find(fact.ike_sa);
  if (attempt) attempt->had_child = true;
  forget_failed([&](const Attempt& old) {
    return old.ike_sa == fact.ike_sa || (attempt && old.has_refused_ticket() && old.who == attempt->who);
  });
}

// A client that has an IKE SA and no tunnel may linger: why it has none is told at once. What refuses a rekey is told
// too.
void Attempts::note(const ike::ExchangeRefused& fact) {
  Attempt* attempt = find(fact.ike_sa);
  if (!attempt || attempt->refusals.size() >= limits::refusals_max) return;
  attempt->refusals.push_back(fact);
  attempt->refusals.back().reason = clipped(fact.reason);
  if (fact.data.size() > limits::octets_max) attempt->refusals.back().data.clear();
  attempt->detail = clipped(fact.reason);
  const bool lacks_tunnel =
      attempt->is_established && !attempt->had_child && fact.notify != NotifyType::UseTransportMode;
  if (!lacks_tunnel && fact.notify != NotifyType::MicrosoftStatus) return;
  forget_failed([&](const Attempt& old) { return old.ike_sa == fact.ike_sa; });
  keep(*attempt);
}

void Attempts::note(const gateway::PeerRefused& fact) {
  Attempt* attempt = find(fact.ike_sa);
  if (!attempt) attempt = find_failed(fact.ike_sa);  // It is told after the IKE SA is gone, if its client left.
  if (!attempt) return;
  attempt->refused = fact;
  attempt->refused->reason = clipped(fact.reason);
  if (auto& certificate = attempt->refused->certificate) {
    certificate->certificate = clipped(certificate->certificate);
    certificate->found = clipped(certificate->found);
    certificate->expected = clipped(certificate->expected);
  }
  attempt->detail = attempt->refused->reason;
  if (!fact.peer.data.empty()) attempt->who = clipped(fact.peer.to_string());
}

void Attempts::note(const ike::IkeSaClosed& fact) {
  const auto closed = open_.find(fact.ike_sa);
  if (closed == open_.end()) return;
  Attempt attempt = std::move(closed->second);
  open_.erase(closed);
  attempt.closed = fact;
  attempt.closed->detail = clipped(fact.detail);
  if (attempt.detail.empty()) attempt.detail = attempt.closed->detail;
  if (!has_failed(attempt, now_)) return;
  forget_failed([&](const Attempt& old) { return old.ike_sa == fact.ike_sa; });
  keep(std::move(attempt));
}

// ---- What is kept.

Attempt* Attempts::find(ike::IkeSaId id) {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : &found->second;
}

Attempt* Attempts::find_failed(ike::IkeSaId id) {
  for (auto& ring : failed_) {
    const auto found = std::ranges::find(ring, std::optional{id}, &Attempt::ike_sa);
    if (found != ring.end()) return &*found;
  }
  return nullptr;
}

void Attempts::keep(Attempt attempt) {
  attempt.at = now_;
  auto& ring = failed_.at(static_cast<std::size_t>(attempt.step()));
  const IpPrefix network = network_of(attempt.path.peer.address);
  const auto is_neighbour = [&](const Attempt& old) { return network.contains(old.path.peer.address); };
  const auto is_same_peer = [&](const Attempt& old) { return is_neighbour(old) && old.who == attempt.who; };
  if (std::ranges::count_if(ring, is_neighbour) >= static_cast<std::ptrdiff_t>(limits::failed_per_network)) {
    const auto same = std::ranges::find_if(ring, is_same_peer);  // One that tries all day makes nobody else forgotten.
    ring.erase(same != ring.end() ? same : std::ranges::find_if(ring, is_neighbour));
  }
  if (ring.size() >= limits::failed_per_step) ring.pop_front();
  ring.push_back(std::move(attempt));
}

template <class Test>
void Attempts::forget_failed(Test test) {
  for (auto& ring : failed_) std::erase_if(ring, test);
}

}  // namespace agilevpn::diagnosis
