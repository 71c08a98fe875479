// The port to the inner network: IP packets of this host or its LAN, as super-packets where the system offers them (TCP
// segmentation offload). linux/tun_device.h is the real one, memory_tun.h the twin for tests.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace agilevpn::dataplane {

inline constexpr std::size_t largest_packet = 65535;

// What is still to be done to a packet on its way to a wire (virtio 1.2 §5.1.6).
struct Offload {
  enum class Segmentation : std::uint8_t { None, Tcp, Udp };

  Segmentation segmentation = Segmentation::None;
  std::size_t segment_size = 0;  // Octets of payload in each packet to be; the last may have fewer.
  std::size_t header_size = 0;   // IP, extensions, TCP or UDP: repeated in front of each.
  // The checksum from checksum_start to the end belongs to checksum_start + checksum_offset, where that of the
  // pseudo-header already stands.
  bool needs_checksum = false;
  std::size_t checksum_start = 0;
  std::size_t checksum_offset = 0;
};

struct TunPacket {
  MutableByteView octets;
  Offload offload;
};

class TunDevice {
 public:
  virtual ~TunDevice() = default;
  virtual int fd() const = 0;           // To wait for packets.
  virtual std::size_t mtu() const = 0;  // As its owner set it last. A question to the system: see TunMtu.
  // Whether write() takes Segmentation::Udp.
  virtual bool takes_udp_segmentation() const = 0;

  // One packet into `buffer`, which has largest_packet octets; nothing if none waits. Never blocks.
  virtual std::optional<TunPacket> read(MutableByteView buffer) = 0;
  // Writes the packet that the parts make up. False if the system does not take it.
  virtual bool write(const Offload& offload, std::span<const ByteView> parts) = 0;
};

// The MTU of a TUN for a turn's packets, asked for once when the first of them needs it.
class TunMtu {
 public:
  explicit TunMtu(const TunDevice& tun) : tun_(tun) {}
  void begin_turn() { known_.reset(); }
  std::size_t get() {
    if (!known_) known_ = tun_.mtu();
    return *known_;
  }

 private:
  const TunDevice& tun_;
  std::optional<std::size_t> known_;
};

}  // namespace agilevpn::dataplane
