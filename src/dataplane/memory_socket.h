// A DatagramSocket without a network, for tests: what is delivered is received, what is sent is kept. Any thread.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "dataplane/datagram_socket.h"
#include "dataplane/event_fd.h"

namespace agilevpn::dataplane {

// The path as its other end has it.
inline Path reversed(const Path& path) { return {path.peer, path.local, path.interface}; }

class MemorySocket final : public DatagramSocket {
 public:
  struct Message {
    Path path;
    Bytes octets;
    std::size_t segment_size = 0;
    std::uint8_t traffic_class = 0;
    bool may_fragment = false;
  };

  MemorySocket(Kind kind, const SocketAddress& local) : kind_(kind), local_(local) {}

  Kind kind() const override { return kind_; }
  SocketAddress local() const override { return local_; }
  int fd() const override { return flag_.get(); }

  std::size_t receive(std::span<ReceivedDatagrams> batch) override;
  SendOutcome send(Datagrams& datagrams) override;
  std::optional<std::size_t> path_mtu(const Path&) override { return mtu_; }

  void deliver(Message message);
  std::vector<Message> take_sent();
  void set_full(bool is_full) { is_full_ = is_full; }
  void set_mtu(std::size_t mtu) { mtu_ = mtu; }

 private:
  const Kind kind_;
  const SocketAddress local_;
  std::atomic<bool> is_full_ = false;
  std::atomic<std::size_t> mtu_ = 1500;
  std::mutex mutex_;
  std::deque<Message> waiting_;
  std::vector<Message> sent_;
  EventFd flag_;
};

inline std::size_t MemorySocket::receive(std::span<ReceivedDatagrams> batch) {
  const std::lock_guard lock{mutex_};
  std::size_t count = 0;
  for (; count < batch.size() && !waiting_.empty(); ++count) {
    const Message& message = waiting_.front();
    std::ranges::copy(message.octets, batch[count].buffer.begin());
    batch[count].octets = batch[count].buffer.first(message.octets.size());
    batch[count].segment_size = message.segment_size;
    batch[count].path = message.path;
    batch[count].traffic_class = message.traffic_class;
    waiting_.pop_front();
  }
  if (waiting_.empty()) flag_.clear();
  return count;
}

inline SendOutcome MemorySocket::send(Datagrams& datagrams) {
  if (is_full_) return SendOutcome::WouldBlock;
  const std::size_t headers = local_.address.is_v4() ? 28 : 48;
  if (datagrams.segment_size + headers > mtu_ && !datagrams.may_fragment) return SendOutcome::TooBig;
  const std::lock_guard lock{mutex_};
  sent_.push_back({datagrams.path, to_bytes(datagrams.octets), datagrams.segment_size, datagrams.traffic_class,
                   datagrams.may_fragment});
  datagrams.octets = {};
  return SendOutcome::Sent;
}

inline void MemorySocket::deliver(Message message) {
  const std::lock_guard lock{mutex_};
  waiting_.push_back(std::move(message));
  flag_.set();
}

inline std::vector<MemorySocket::Message> MemorySocket::take_sent() {
  const std::lock_guard lock{mutex_};
  return std::exchange(sent_, {});
}

}  // namespace agilevpn::dataplane
