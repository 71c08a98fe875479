// A TunDevice without a host, for tests: what is put in is read, what is written is kept. Any thread.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <vector>

#include "dataplane/event_fd.h"
#include "dataplane/tun_device.h"

namespace agilevpn::dataplane {

class MemoryTun final : public TunDevice {
 public:
  struct Packet {
    Bytes octets;
    Offload offload;
  };

  int fd() const override { return flag_.get(); }
  std::size_t mtu() const override { return mtu_; }
  bool takes_udp_segmentation() const override { return true; }
  std::optional<TunPacket> read(MutableByteView buffer) override;
  bool write(const Offload& offload, std::span<const ByteView> parts) override;

  void put(Bytes packet, const Offload& offload = {});
  std::vector<Packet> take_written();
  void set_mtu(std::size_t mtu) { mtu_ = mtu; }

 private:
  std::atomic<std::size_t> mtu_ = 1400;
  std::mutex mutex_;
  std::deque<Packet> waiting_;
  std::vector<Packet> written_;
  EventFd flag_;
};

inline std::optional<TunPacket> MemoryTun::read(MutableByteView buffer) {
  const std::lock_guard lock{mutex_};
  if (waiting_.empty()) return std::nullopt;
  const Packet packet = std::move(waiting_.front());
  waiting_.pop_front();
  if (waiting_.empty()) flag_.clear();
  std::ranges::copy(packet.octets, buffer.begin());
  return TunPacket{buffer.first(packet.octets.size()), packet.offload};
}

inline bool MemoryTun::write(const Offload& offload, std::span<const ByteView> parts) {
  Bytes octets;
  for (const ByteView part : parts) append(octets, part);
  const std::lock_guard lock{mutex_};
  written_.push_back({std::move(octets), offload});
  return true;
}

inline void MemoryTun::put(Bytes packet, const Offload& offload) {
  const std::lock_guard lock{mutex_};
  waiting_.push_back({std::move(packet), offload});
  flag_.set();
}

inline std::vector<MemoryTun::Packet> MemoryTun::take_written() {
  const std::lock_guard lock{mutex_};
  return std::exchange(written_, {});
}

}  // namespace agilevpn::dataplane
