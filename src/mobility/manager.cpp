#include "mobility/manager.h"

#include <fmt/format.h>

#include <algorithm>

namespace agilevpn::mobility {

namespace {

std::string describe(Duration time) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(time);
  if (minutes.count() >= 2) return fmt::format("{} minutes", minutes.count());
  return fmt::format("{} seconds", std::chrono::floor<std::chrono::seconds>(time).count());
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::Connecting: return "Connecting";
    case State::Connected: return "Connected";
    case State::Dormant: return "Dormant";
    case State::DormantWaitingToReconnect: return "Dormant: waiting to reconnect";
    case State::Failed: return "Failed";
  }
  return "Failed";
}

// ---- The world speaks.

void Manager::handle_network(Instant now, Network network) {
  if (network == network_) return;
  network_ = std::move(network);
  history_.note_ways(now, candidates(now));
  retry_pause_ = limits::retry_first;
  decide(now);
}

void Manager::handle_gateway_addresses(Instant now, std::vector<IpAddress> addresses) {
  if (addresses == gateways_) return;
  gateways_ = std::move(addresses);
  history_.note_ways(now, candidates(now));
  decide(now);
}

void Manager::handle_connected(Instant now, const Path& path, std::optional<Duration> round_trip) {
  path_ = path;
  if (round_trip) history_.note_round_trip(path, *round_trip);
  settle(now);
}

void Manager::handle_disconnected(Instant, std::string reason) {
  state_ = State::Connecting;
  reason_ = std::move(reason);
  path_.reset();
  trial_.reset();
  timers_.stop_all();
  decisions_.clear();
}

void Manager::handle_path_confirmed(Instant now, const Path& path, std::optional<Duration> round_trip) {
  if (!why_unusable(network_, path).empty()) return;  // Answered, and gone since.
  history_.note_confirmed(now, path, round_trip);
  if (trial_ && is_same_way(trial_->path, path)) trial_->is_confirmed = true;
  switch (state_) {
    case State::Connected:
      if (is_in_use(path)) return settle(now);
      if (trial_ && trial_->is_confirmed) return continue_trial(now);
      return;
    case State::DormantWaitingToReconnect:
      if (!timers_[Timer::Answer]) return wake(now, path);  // A late answer on a path that was tried before.
      if (is_in_use(path)) return settle(now);
      return;  // The one that is tried comes first, or two that both work would take turns for ever.
    case State::Connecting:
    case State::Dormant:
    case State::Failed: return;
  }
}

void Manager::handle_path_unresponsive(Instant now, const Path& path) {
  if (carries(path)) try_next(now);
}

void Manager::handle_path_refused(Instant now, const Path& path, const std::string& why) {
  if (carries(path)) try_next(now, fmt::format("the gateway refuses the way over {}: {}", link_name(path), why));
}

void Manager::handle_gateway_heard(Instant now, const Path& path) {
  if (state_ == State::DormantWaitingToReconnect && why_unusable(network_, path).empty()) wake(now, path);
}

void Manager::handle_timeout(Instant now) {
  if (timers_.take_due(now, Timer::Outage)) return give_up();
  if (timers_.take_due(now, Timer::Answer)) try_next(now);
  if (timers_.take_due(now, Timer::Trial)) continue_trial(now);
  if (timers_.take_due(now, Timer::Retry)) decide(now);
}

void Manager::prefer(Instant now, std::vector<std::string> order) {
  settings_.prefer = std::move(order);
  decide(now);
}

void Manager::hurry(Instant now) {
  if (!timers_[Timer::Retry]) return;
  timers_.stop({Timer::Retry});
  decide(now);
}

std::optional<Decision> Manager::poll_decision() {
  if (decisions_.empty()) return std::nullopt;
  Decision decision = std::move(decisions_.front());
  decisions_.pop_front();
  return decision;
}

std::vector<Candidate> Manager::candidates(Instant now) const {
  auto ways = find_candidates(network_, gateways_, settings_.prefer, path_);
  std::ranges::stable_sort(ways, {}, [&](const Candidate& way) {
    const auto dead_until = history_.is_dead(now, way.path) ? history_.dead_until(way.path) : std::nullopt;
    return std::pair{dead_until, history_.is_suspect(now, way.path.interface)};
  });
  return ways;
}

// ---- The rules.

// What follows from the network as it is now.
void Manager::decide(Instant now) {
  switch (state_) {
    case State::Connecting:
    case State::Failed: return;
    case State::Connected: {
      const std::string why = why_left();
      return why.empty() ? consider_return(now) : leave(now, why);
    }
    case State::Dormant:
    case State::DormantWaitingToReconnect: {
      const bool is_trying = timers_[Timer::Answer].has_value();
      if (is_trying && why_left().empty()) return;
      const auto ways = candidates(now);
      if (!ways.empty()) return wake(now, ways.front().path);
      if (state_ != State::Dormant) sleep(now, State::Dormant, why_left());
      return;
    }
  }
}

// RFC 4555 §3.5: a set of announced addresses that no longer has the one in use counts like a lost address of ours.
std::string Manager::why_left() const {
  if (std::ranges::find(gateways_, path_->peer.address) == gateways_.end())
    return fmt::format("the gateway left {}", path_->peer.address.to_string());
  return why_unusable(network_, *path_);
}

// Rule 1 and 4: the path in use is gone. A way found dead a moment ago is still better than none.
void Manager::leave(Instant now, const std::string& why) {
  const auto ways = candidates(now);
  if (ways.empty()) return sleep(now, State::Dormant, why);
  switch_to(now, ways.front().path, why);
}

bool Manager::carries(const Path& path) const {
  const bool is_trying = state_ == State::DormantWaitingToReconnect && timers_[Timer::Answer];
  return is_in_use(path) && (state_ == State::Connected || is_trying);
}

// Rule 2: the path in use does not answer, or is refused.
void Manager::try_next(Instant now, const std::string& refusal) {
  history_.note_lost(now, *path_);
  const auto ways = candidates(now);
  if (ways.empty() || history_.is_dead(now, ways.front().path) || ++silent_ways_ >= ways.size())
    return sleep(now, State::DormantWaitingToReconnect,
                 refusal.empty() ? "the gateway does not answer on any path" : refusal);
  if (state_ == State::Connected)
    return switch_to(now, ways.front().path,
                     refusal.empty() ? link_name(*path_) + " does not reach the gateway" : refusal);
  wake(now, ways.front().path);
}

// Rule 3.
void Manager::consider_return(Instant now) {
  if (timers_[Timer::Answer]) return;  // The path in use comes first.
  const auto ways = better_ways(now);
  if (!ways.empty() && trial_ && is_same_way(trial_->path, ways.front().path)) return;
  trial_.reset();
  timers_.stop({Timer::Trial});
  if (ways.empty()) return;
  if (!history_.is_dead(now, ways.front().path)) return start_trial(now, ways.front().path);
  timers_[Timer::Trial] =
      history_.dead_until(ways.front().path);  // All are dead; this one is the first to be asked again.
}

void Manager::start_trial(Instant now, const Path& path) {
  trial_ = Trial{path};
  decisions_.push_back(Probe{path});
  timers_[Timer::Trial] = now + limits::answer_wait;
}

void Manager::continue_trial(Instant now) {
  if (!trial_) return consider_return(now);
  if (!trial_->is_confirmed) {
    history_.note_unanswered(now, trial_->path);
    trial_.reset();
    return consider_return(now);
  }
  const Instant trusted_at = history_.trusted_at(trial_->path.interface);
  if (now >= trusted_at)
    return switch_to(now, trial_->path, link_name(trial_->path) + " is preferred and has proved itself");
  timers_[Timer::Trial] = trusted_at;
}

// The path in use works.
void Manager::settle(Instant now) {
  state_ = State::Connected;
  reason_.clear();
  retry_pause_ = limits::retry_first;
  silent_ways_ = 0;
  timers_.stop({Timer::Answer, Timer::Retry, Timer::Outage});
  decide(now);
}

// ---- What the rules do.

void Manager::switch_to(Instant now, const Path& path, std::string reason) {
  decisions_.push_back(Switch{*path_, path, std::move(reason)});
  path_ = path;
  trial_.reset();
  timers_.stop({Timer::Trial});
  timers_[Timer::Answer] = now + limits::answer_wait;
}

void Manager::wake(Instant now, const Path& path) {
  state_ = State::DormantWaitingToReconnect;
  path_ = path;
  const bool was_silent = retry_pause_ > limits::retry_first;  // On every path, since the network changed last.
  reason_ =
      fmt::format("trying {}{}", link_name(path), was_silent ? " again: the gateway does not answer on any path" : "");
  timers_.stop({Timer::Retry});
  timers_[Timer::Answer] = now + limits::answer_wait;
  decisions_.push_back(Wake{path});
}

void Manager::sleep(Instant now, State state, std::string reason) {
  state_ = state;
  reason_ = std::move(reason);
  trial_.reset();
  silent_ways_ = 0;
  timers_.stop({Timer::Answer, Timer::Trial, Timer::Retry});
  if (!timers_[Timer::Outage]) timers_[Timer::Outage] = now + settings_.outage_time;
  if (state == State::DormantWaitingToReconnect) {
    timers_[Timer::Retry] = now + retry_pause_;
    retry_pause_ = std::min<Duration>(retry_pause_ * 2, limits::retry_longest);
  }
  decisions_.push_back(GoDormant{reason_});
}

void Manager::give_up() {
  state_ = State::Failed;
  reason_ = fmt::format("no way to the gateway for {}, the network outage time: {}", describe(settings_.outage_time),
                        reason_);
  timers_.stop_all();
  decisions_.push_back(GiveUp{reason_});
}

// ---- What the rules ask.

// Those over a better link than the one in use, and those that spare us an address that is on its way out.
std::vector<Candidate> Manager::better_ways(Instant now) const {
  auto ways = candidates(now);
  const auto same_link =
      std::ranges::find(ways, path_->interface, [](const Candidate& way) { return way.path.interface; });
  if (same_link == ways.end()) return {};
  const LinkRank rank = same_link->rank;
  const bool is_in_list = std::ranges::any_of(ways, [&](const Candidate& way) { return is_in_use(way.path); });
  std::erase_if(ways, [&](const Candidate& way) {
    const bool is_fresher = !is_in_list && way.path.interface == path_->interface && !way.is_deprecated;
    return is_in_use(way.path) || !(way.rank < rank || is_fresher);
  });
  return ways;
}

std::string Manager::link_name(const Path& path) const {
  const auto link = std::ranges::find(network_.links, path.interface, &Link::index);
  return link == network_.links.end() ? "the link" : link->name;
}

}  // namespace agilevpn::mobility
