#include "dataplane/ike_queue.h"

#include <algorithm>

namespace agilevpn::dataplane {

bool IkeQueue::push(const Path& path, ByteView message) {
  const std::uint64_t pushed = pushed_;
  const std::uint64_t popped = popped_;
  const std::uint64_t oldest = popped == pushed ? end_ : place(popped).begin;
  if (pushed - popped == places_.size() || end_ - oldest + message.size() > octets_.size()) return false;
  place(pushed) = {path, end_, message.size()};
  write(message);
  pushed_ = pushed + 1;
  raise_flag();
  return true;
}

// Whoever raises the flag after it was lowered here has pushed before, or will push after: the second look sees the
// former.
std::optional<ReceivedIke> IkeQueue::pop() {
  if (is_empty()) {
    flag_.clear();
    is_raised_ = false;
    if (is_empty()) return std::nullopt;
    raise_flag();
  }
  const Place& oldest = place(popped_);
  ReceivedIke received{oldest.path, read(oldest)};
  ++popped_;
  return received;
}

void IkeQueue::write(ByteView message) {
  const auto at = octets_.begin() + static_cast<std::ptrdiff_t>(end_ % octets_.size());
  const auto before_end = std::min<std::size_t>(message.size(), static_cast<std::size_t>(octets_.end() - at));
  std::ranges::copy(message.first(before_end), at);
  std::ranges::copy(message.subspan(before_end), octets_.begin());
  end_ += message.size();
}

Bytes IkeQueue::read(const Place& from) const {
  const ByteView all{octets_};
  const std::size_t at = from.begin % all.size();
  const std::size_t before_end = std::min(from.size, all.size() - at);
  return concat({all.subspan(at, before_end), all.first(from.size - before_end)});
}

void IkeQueue::raise_flag() {
  if (!is_raised_.exchange(true)) flag_.set();
}

}  // namespace agilevpn::dataplane
