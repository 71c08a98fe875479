// IKE messages on their way from the worker to the control thread. Bounded: a flood costs the control thread no memory.
#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "base/address.h"
#include "dataplane/event_fd.h"

namespace agilevpn::dataplane {

struct ReceivedIke {
  Path path;
  Bytes message;  // Without the non-ESP marker.
};

class IkeQueue {
 public:
  explicit IkeQueue(std::size_t capacity) : capacity_(capacity) {}

  // False, and the message is dropped, if the queue is full.
  bool push(ReceivedIke message);
  std::optional<ReceivedIke> pop();
  // Readable while there are messages.
  int fd() const { return flag_.get(); }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::deque<ReceivedIke> messages_;
  EventFd flag_;
};

}  // namespace agilevpn::dataplane
