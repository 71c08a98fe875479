#include "linux/socket_message.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cstring>

#include "base/check.h"

namespace agilevpn::linux {

namespace {

// The value of a control message, which the kernel does not align for us.
template <class T>
T value_of(const cmsghdr& header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&header), sizeof value);
  return value;
}

bool is(const cmsghdr& header, int level, int type) { return header.cmsg_level == level && header.cmsg_type == type; }

IpAddress to_address(const void* octets, std::size_t size) {
  return *IpAddress::from_bytes(ByteView{static_cast<const std::byte*>(octets), size});
}

template <class T>
T to_kernel(const IpAddress& address) {
  T octets{};
  std::memcpy(&octets, address.bytes().data(), std::min(sizeof octets, address.size()));
  return octets;
}

void read_control(const cmsghdr& header, dataplane::ReceivedDatagrams& datagrams) {
  if (is(header, IPPROTO_IP, IP_PKTINFO)) {
    const auto info = value_of<in_pktinfo>(header);
    datagrams.path.local.address = to_address(&info.ipi_addr, 4);
    datagrams.path.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
  } else if (is(header, IPPROTO_IPV6, IPV6_PKTINFO)) {
    const auto info = value_of<in6_pktinfo>(header);
    datagrams.path.local.address = to_address(&info.ipi6_addr, 16);
    datagrams.path.interface = info.ipi6_ifindex;
  } else if (is(header, IPPROTO_IP, IP_TOS)) {
    datagrams.traffic_class = value_of<std::uint8_t>(header);
  } else if (is(header, IPPROTO_IPV6, IPV6_TCLASS)) {
    datagrams.traffic_class = static_cast<std::uint8_t>(value_of<int>(header));
  } else if (is(header, IPPROTO_UDP, UDP_GRO)) {
    datagrams.segment_size = static_cast<std::size_t>(value_of<int>(header));
  }
}

}  // namespace

KernelAddress KernelAddress::of(const SocketAddress& address) {
  KernelAddress kernel;
  if (address.address.is_v4()) {
    const sockaddr_in v4{.sin_family = AF_INET,
                         .sin_port = htons(address.port),
                         .sin_addr = to_kernel<in_addr>(address.address),
                         .sin_zero = {}};
    std::memcpy(&kernel.storage, &v4, kernel.size = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    v6.sin6_addr = to_kernel<in6_addr>(address.address);
    std::memcpy(&kernel.storage, &v6, kernel.size = sizeof v6);
  }
  return kernel;
}

SocketAddress KernelAddress::to_socket_address() const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &storage, sizeof v4);
    return {to_address(&v4.sin_addr, 4), ntohs(v4.sin_port)};
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, &storage, sizeof v6);
  return {to_address(&v6.sin6_addr, 16), ntohs(v6.sin6_port)};
}

template <class T>
void SocketMessage::add(msghdr& message, int level, int type, const T& value) {
  const std::size_t at = message.msg_controllen;
  CHECK(at + CMSG_SPACE(sizeof value) <= control_.size());
  message.msg_controllen = at + CMSG_SPACE(sizeof value);
  cmsghdr header{.cmsg_len = CMSG_LEN(sizeof value), .cmsg_level = level, .cmsg_type = type};
  std::memcpy(control_.data() + at, &header, sizeof header);
  std::memcpy(control_.data() + at + CMSG_LEN(0), &value, sizeof value);
}

msghdr SocketMessage::outgoing(const Path& path, std::uint8_t traffic_class, std::size_t segment_size) {
  peer_ = KernelAddress::of(path.peer);
  msghdr message{};
  message.msg_name = peer_.pointer();
  message.msg_namelen = peer_.size;
  message.msg_control = control_.data();
  const int tos = traffic_class;
  if (path.peer.address.is_v4()) {
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(path.interface);
    info.ipi_spec_dst = to_kernel<in_addr>(path.local.address);
    add(message, IPPROTO_IP, IP_PKTINFO, info);
    add(message, IPPROTO_IP, IP_TOS, tos);
  } else {
    add(message, IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{to_kernel<in6_addr>(path.local.address), path.interface});
    add(message, IPPROTO_IPV6, IPV6_TCLASS, tos);
  }
  if (segment_size != 0) add(message, IPPROTO_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(segment_size));
  return message;
}

msghdr SocketMessage::incoming(MutableByteView buffer) {
  part_ = {buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = peer_.pointer();
  message.msg_namelen = sizeof peer_.storage;
  message.msg_iov = &part_;
  message.msg_iovlen = 1;
  message.msg_control = control_.data();
  message.msg_controllen = control_.size();
  return message;
}

bool SocketMessage::read(const msghdr& message, std::size_t size, std::uint16_t local_port,
                         dataplane::ReceivedDatagrams& datagrams) const {
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return false;
  datagrams.octets = datagrams.buffer.first(size);
  datagrams.segment_size = size;
  datagrams.traffic_class = 0;
  datagrams.path = {{{}, local_port}, peer_.to_socket_address()};
  msghdr walk = message;
  for (cmsghdr* header = CMSG_FIRSTHDR(&walk); header != nullptr; header = CMSG_NXTHDR(&walk, header))
    read_control(*header, datagrams);
  return true;
}

}  // namespace agilevpn::linux
