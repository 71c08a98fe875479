// The front of a queue, taken out: what every poll_*() does.
#pragma once

#include <deque>
#include <optional>
#include <utility>

namespace agilevpn {

// Nothing if it is empty.
template <class T>
std::optional<T> pop(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  std::optional<T> front{std::move(queue.front())};
  queue.pop_front();
  return front;
}

}  // namespace agilevpn
