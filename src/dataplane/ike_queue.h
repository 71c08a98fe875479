// IKE messages on their way from the worker to the control thread: a ring of octets, made once. Neither thread waits
// for the other, and push() takes no lock and no memory, so a flood of IKE costs the packets beside it a copy. Bounded
// in messages and in octets; what finds no room is dropped, as on the way.
//
// One thread calls push(), one other pop().
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "base/address.h"
#include "dataplane/event_fd.h"

namespace agilevpn::dataplane {

struct ReceivedIke {
  Path path;
  Bytes message;  // Without the non-ESP marker.
};

class IkeQueue {
 public:
  struct Capacity {
    std::size_t messages;
    std::size_t octets;
  };
  explicit IkeQueue(Capacity capacity) : places_(capacity.messages), octets_(capacity.octets) {}

  // False: there is no room for it.
  bool push(const Path& path, ByteView message);
  std::optional<ReceivedIke> pop();
  // Readable while there are messages, until a pop() finds none. Who takes some and comes back for the rest misses nothing.
  int fd() const { return flag_.get(); }

 private:
  struct Place {
    Path path;
    std::uint64_t begin = 0;  // Of all octets that ever came.
    std::size_t size = 0;
  };

  bool is_empty() const { return pushed_ == popped_; }
  Place& place(std::uint64_t message) { return places_[message % places_.size()]; }
  void write(ByteView message);
  Bytes read(const Place& from) const;
  void raise_flag();

  std::vector<Place> places_;
  Bytes octets_;
  std::uint64_t end_ = 0;                  // push()'s own: where the next message begins.
  std::atomic<std::uint64_t> pushed_ = 0;  // Messages, ever.
  std::atomic<std::uint64_t> popped_ = 0;
  std::atomic<bool> is_raised_ = false;  // So that only the first of many messages costs a system call.
  EventFd flag_;
};

}  // namespace agilevpn::dataplane
