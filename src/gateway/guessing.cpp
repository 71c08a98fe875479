#include "gateway/guessing.h"

#include <algorithm>

#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

const IpAddress anywhere;

// One who has IPv6 has a /64 of addresses at least.
IpAddress network_of(const IpAddress& source) { return source.is_v4() ? source : IpPrefix{source, 64}.first(); }

// Nothing for the first few, then a second that doubles.
Duration growing(int failures, int free, Duration longest) {
  if (failures < free) return Duration{};
  return std::min<Duration>(Duration{1s} * (1 << std::min(failures - free, 16)), longest);
}

}  // namespace

Duration Guessing::delay(Instant now, const std::string& user, const IpAddress& source) const {
  const IpAddress network = network_of(source);
  return std::max({growing(count(now, {user, network}), limits::typos, limits::guess_delay_longest),
                   growing(count(now, {user, anywhere}), limits::guesses_at_user, limits::guess_delay_of_user),
                   growing(count(now, {{}, network}), limits::guesses_from_network, limits::guess_delay_of_network)});
}

void Guessing::note_failure(Instant now, const std::string& user, const IpAddress& source) {
  const IpAddress network = network_of(source);
  for (const Key& key : {Key{user, network}, Key{user, anywhere}, Key{{}, network}}) {
    Failures& failures = failures_[key];
    if (now >= failures.last + limits::guess_memory) failures.count = 0;
    ++failures.count;
    failures.last = now;
  }
  forget(now);
}

void Guessing::note_success(const std::string& user, const IpAddress& source) { failures_.erase({user, network_of(source)}); }

int Guessing::count(Instant now, const Key& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() || now >= found->second.last + limits::guess_memory ? 0 : found->second.count;
}

// Names cost a stranger nothing, so this must stay small; those that guessed longest ago go first.
void Guessing::forget(Instant now) {
  if (failures_.size() <= limits::guesses_kept) return;
  std::erase_if(failures_, [&](const auto& entry) { return now >= entry.second.last + limits::guess_memory; });
  while (failures_.size() > limits::guesses_kept)
    failures_.erase(std::ranges::min_element(failures_, {}, [](const auto& entry) { return entry.second.last; }));
}

}  // namespace agilevpn::gateway
