#include "dataplane/ike_queue.h"

namespace agilevpn::dataplane {

bool IkeQueue::push(ReceivedIke message) {
  const std::lock_guard lock{mutex_};
  if (messages_.size() == capacity_) return false;
  if (messages_.empty()) flag_.set();
  messages_.push_back(std::move(message));
  return true;
}

std::optional<ReceivedIke> IkeQueue::pop() {
  const std::lock_guard lock{mutex_};
  if (messages_.empty()) return std::nullopt;
  ReceivedIke message = std::move(messages_.front());
  messages_.pop_front();
  if (messages_.empty()) flag_.clear();
  return message;
}

}  // namespace agilevpn::dataplane
