#include "gateway/guessing.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

const IpAddress anywhere;

// Nothing for the first few, then a second that doubles.
Duration growing(int failures, int free, Duration longest) {
  if (failures < free) return Duration{};
  return std::min<Duration>(Duration{1s} * (1 << std::min(failures - free, 16)), longest);
}

}  // namespace

Duration Guessing::delay(Instant now, const std::string& typed, const IpAddress& source) const {
  const IpAddress network = network_of(source).first();
  const std::string user = name_of(typed);
  const Duration of_network =
      growing(count(now, {{}, network}), limits::guesses_from_network, limits::guess_delay_of_network);
  if (user.empty()) return of_network;
  return std::max({growing(count(now, {user, network}), limits::typos, limits::guess_delay_longest),
                   growing(count(now, {user, anywhere}), limits::guesses_at_user, limits::guess_delay_of_user),
                   of_network});
}

std::vector<Guessing::Key> Guessing::keys(const std::string& typed, const IpAddress& source) const {
  const IpAddress network = network_of(source).first();
  const std::string user = name_of(typed);
  if (user.empty()) return {{{}, network}};
  return {{{}, network}, {user, anywhere}, {user, network}};
}

void Guessing::note_try(Instant now, const std::string& user, const IpAddress& source) {
  for (const Key& key : keys(user, source)) {
    Failures& failures = failures_[key];
    if (now >= failures.last + limits::guess_memory) failures.count = 0;
    ++failures.count;
    failures.last = now;
  }
  forget(now);
}

void Guessing::note_success(const std::string& user, const IpAddress& source) {
  for (const Key& key : keys(user, source)) {
    const auto found = failures_.find(key);
    if (found == failures_.end()) continue;
    const bool is_its_own = !key.first.empty() && key.second != anywhere;
    if (is_its_own || --found->second.count <= 0) failures_.erase(found);  // Of the others, the try itself.
  }
}

std::string Guessing::name_of(std::string_view typed) {
  typed.remove_prefix(std::min(typed.find('\\') + 1, typed.size()));  // npos + 1 is 0.
  return to_lower(typed.substr(0, typed.find_first_of("@/")));
}

int Guessing::count(Instant now, const Key& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() || now >= found->second.last + limits::guess_memory ? 0 : found->second.count;
}

// Names cost a stranger nothing, so this must stay small. Those that failed least go first, and of them the oldest: names
// that are made up for it push nobody's count out.
void Guessing::forget(Instant now) {
  if (failures_.size() <= limits::guesses_kept) return;
  std::erase_if(failures_, [&](const auto& entry) { return now >= entry.second.last + limits::guess_memory; });
  while (failures_.size() > limits::guesses_kept)
    failures_.erase(std::ranges::min_element(
        failures_, {}, [](const auto& entry) { return std::pair{entry.second.count, entry.second.last}; }));
}

}  // namespace agilevpn::gateway
