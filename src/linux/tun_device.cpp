#include "linux/tun_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace agilevpn::linux {

namespace {

using dataplane::Offload;

// Linux 6.2; older headers lack them.
constexpr unsigned tun_f_uso4 = 0x20;
constexpr unsigned tun_f_uso6 = 0x40;

// virtio 1.2 §5.1.6, in the host's byte order: <linux/virtio_net.h> is no C++.
struct VirtioHeader {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_size = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
};
static_assert(sizeof(VirtioHeader) == 10);
constexpr std::uint8_t needs_checksum = 1;
constexpr std::uint8_t gso_none = 0;
constexpr std::uint8_t gso_tcp_v4 = 1;
constexpr std::uint8_t gso_tcp_v6 = 4;
constexpr std::uint8_t gso_udp_l4 = 5;
constexpr std::uint8_t gso_ecn = 0x80;  // A flag beside them.

constexpr std::size_t parts_max = 128;  // Of one packet; the coalescer joins fewer.

ifreq request_for(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

// Whether the interface of that name is a TUN or TAP device; leaves errno as it was.
bool is_tun(int control, const std::string& name) {
  const int error = errno;
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ifreq request = request_for(name);
  request.ifr_data = reinterpret_cast<char*>(&driver);
  const bool is_known = ::ioctl(control, SIOCETHTOOL, &request) == 0;
  errno = error;
  return is_known && std::string_view{driver.driver} == "tun";
}

Offload::Segmentation to_segmentation(std::uint8_t gso_type) {
  switch (gso_type & ~gso_ecn) {
    case gso_tcp_v4:
    case gso_tcp_v6: return Offload::Segmentation::Tcp;
    case gso_udp_l4: return Offload::Segmentation::Udp;
    default: return Offload::Segmentation::None;
  }
}

Offload to_offload(const VirtioHeader& header) {
  return {.segmentation = to_segmentation(header.gso_type),
          .segment_size = header.gso_size,
          .header_size = header.header_size,
          .needs_checksum = (header.flags & needs_checksum) != 0,
          .checksum_start = header.checksum_start,
          .checksum_offset = header.checksum_offset};
}

std::uint8_t gso_type(Offload::Segmentation segmentation, bool is_v4) {
  switch (segmentation) {
    case Offload::Segmentation::None: return gso_none;
    case Offload::Segmentation::Tcp: return is_v4 ? gso_tcp_v4 : gso_tcp_v6;
    case Offload::Segmentation::Udp: return gso_udp_l4;
  }
  return gso_none;
}

VirtioHeader to_header(const Offload& offload, ByteView packet) {
  VirtioHeader header{};
  if (!offload.needs_checksum) return header;
  header.flags = needs_checksum;
  header.gso_type = gso_type(offload.segmentation, (packet[0] >> 4) == std::byte{4});
  header.header_size = static_cast<std::uint16_t>(offload.header_size);
  header.gso_size = static_cast<std::uint16_t>(offload.segment_size);
  header.checksum_start = static_cast<std::uint16_t>(offload.checksum_start);
  header.checksum_offset = static_cast<std::uint16_t>(offload.checksum_offset);
  return header;
}

Error cannot_open_device() {
  const bool is_missing = errno == ENOENT || errno == ENODEV;
  return system_error("open /dev/net/tun", is_missing ? "load the kernel's tun module: modprobe tun" : "");
}

}  // namespace

Result<std::unique_ptr<TunDevice>, Error> TunDevice::open(const std::string& name, int queue_length) {
  FileDescriptor device{::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  if (!device.is_open()) return Failure{cannot_open_device()};
  FileDescriptor control{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!control.is_open()) return Failure{system_error("open a socket")};
  std::unique_ptr<TunDevice> tun{new TunDevice{std::move(device), std::move(control)}};
  TRY(tun->attach(name));
  tun->offer_offloads();
  ifreq request = request_for(tun->name_);
  request.ifr_qlen = queue_length;
  ::ioctl(tun->control_.get(), SIOCSIFTXQLEN, &request);  // Only a help.
  return tun;
}

Result<void, Error> TunDevice::attach(const std::string& name) {
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | static_cast<short>(IFF_TUN_EXCL);
  if (::ioctl(device_.get(), TUNSETIFF, &request) != 0) {
    if (errno == EBUSY && !is_tun(control_.get(), name))
      return Failure{
          Error{fmt::format("the tunnel interface {} cannot be made: {} is an adapter of this machine and no tunnel",
                            name, name),
                "choose another name by `interface`, such as vpn0"}};
    if (errno == EBUSY)
      return Failure{Error{
          fmt::format("the tunnel interface {} cannot be made: there is an interface of that name, and it is not ours",
                      name),
          fmt::format("choose another name by `interface`, stop the program that has it, or: ip link delete {}",
                      name)}};
    return Failure{system_error(fmt::format("make the tunnel interface {}", name))};
  }
  name_ = request.ifr_name;
  return {};
}

// Every kernel does checksums and TCP; UDP came later.
void TunDevice::offer_offloads() {
  const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  takes_udp_segmentation_ = ::ioctl(device_.get(), TUNSETOFFLOAD, tcp | tun_f_uso4 | tun_f_uso6) == 0;
  if (!takes_udp_segmentation_) ::ioctl(device_.get(), TUNSETOFFLOAD, tcp);
}

std::size_t TunDevice::mtu() const {
  ifreq request = request_for(name_);
  if (::ioctl(control_.get(), SIOCGIFMTU, &request) != 0) return dataplane::largest_packet;
  return static_cast<std::size_t>(request.ifr_mtu);
}

std::optional<dataplane::TunPacket> TunDevice::read(MutableByteView buffer) {
  VirtioHeader header{};
  std::array<iovec, 2> parts{{{&header, sizeof header}, {buffer.data(), buffer.size()}}};
  const ssize_t size = ::readv(device_.get(), parts.data(), parts.size());
  if (size <= static_cast<ssize_t>(sizeof header)) return std::nullopt;
  return dataplane::TunPacket{buffer.first(static_cast<std::size_t>(size) - sizeof header), to_offload(header)};
}

bool TunDevice::write(const dataplane::Offload& offload, std::span<const ByteView> parts) {
  if (parts.empty() || parts.size() > parts_max) return false;
  VirtioHeader header = to_header(offload, parts[0]);
  std::array<iovec, parts_max + 1> vector;
  vector[0] = {&header, sizeof header};
  for (std::size_t i = 0; i < parts.size(); ++i)
    vector[i + 1] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};  // writev() does not write to it.
  return ::writev(device_.get(), vector.data(), static_cast<int>(parts.size() + 1)) > 0;
}

}  // namespace agilevpn::linux
