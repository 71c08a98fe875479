#include "linux/internet_socket.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>

namespace agilevpn::linux {

namespace {

using dataplane::Datagrams;
using dataplane::SendOutcome;

constexpr std::size_t sends_max = 64;     // Datagrams of one sendmmsg().
constexpr std::size_t receives_max = 16;  // Buffers of one recvmmsg().

SendOutcome outcome_of(int error) {
  if (error == EAGAIN) return SendOutcome::WouldBlock;
  return error == EMSGSIZE ? SendOutcome::TooBig : SendOutcome::Failed;
}

// A raw IPv4 socket gives the IP header too.
MutableByteView without_ip_header(MutableByteView packet) {
  const std::size_t size = packet.empty() ? 0 : std::to_integer<std::size_t>(packet[0] & std::byte{0xf}) * 4;
  return size > packet.size() ? MutableByteView{} : packet.subspan(size);
}

Error cannot_bind(const SocketOptions& options) {
  if (errno == EADDRINUSE)
    return {fmt::format("UDP port {} is taken by another program", options.local.port),
            fmt::format("stop that program; this shows it: ss -ulpn 'sport = :{}'", options.local.port)};
  return system_error(fmt::format("use {}", options.local.to_string()));
}

}  // namespace

Result<void, Error> InternetSocket::set_up(const SocketOptions& options) {
  const bool is_v4 = options.local.address.is_v4();
  const int level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (!is_v4) set(level, IPV6_V6ONLY, 1);
  set(level, is_v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1);
  set(level, is_v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
  allow_fragments(false);
  // FORCE needs CAP_NET_ADMIN; without it the system's limit holds.
  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, options.buffer_size)) set(SOL_SOCKET, SO_RCVBUF, options.buffer_size);
  if (!set(SOL_SOCKET, SO_SNDBUFFORCE, options.buffer_size)) set(SOL_SOCKET, SO_SNDBUF, options.buffer_size);
  if (mark_ != 0 && !set(SOL_SOCKET, SO_MARK, static_cast<int>(mark_)))
    return Failure{system_error("mark the packets of a socket")};
  KernelAddress address = KernelAddress::of(options.local);
  if (::bind(socket_.get(), address.pointer(), address.size) != 0) return Failure{cannot_bind(options)};
  if (kind_ == Kind::Esp) return {};
  ::getsockname(socket_.get(), address.pointer(), &address.size);
  local_ = address.to_socket_address();
  return {};
}

bool InternetSocket::set(int level, int option, int value) {
  return ::setsockopt(socket_.get(), level, option, &value, sizeof value) == 0;
}

void InternetSocket::allow_fragments(bool allow) {
  if (local_.address.is_v4())
    set(IPPROTO_IP, IP_MTU_DISCOVER, allow ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO);
  else
    set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, allow ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_DO);
}

std::size_t InternetSocket::receive(std::span<dataplane::ReceivedDatagrams> batch) {
  batch = batch.first(std::min(batch.size(), receives_max));
  std::array<SocketMessage, receives_max> envelopes;
  std::array<mmsghdr, receives_max> messages;
  for (std::size_t i = 0; i < batch.size(); ++i) messages[i] = {envelopes[i].incoming(batch[i].buffer), 0};
  const int count =
      ::recvmmsg(socket_.get(), messages.data(), static_cast<unsigned>(batch.size()), MSG_DONTWAIT, nullptr);
  const auto received = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < received; ++i) {
    if (!envelopes[i].read(messages[i].msg_hdr, messages[i].msg_len, local_.port, batch[i])) batch[i].octets = {};
    if (kind_ == Kind::Udp) continue;
    batch[i].path.peer.port = 0;  // The protocol number, of a raw socket.
    if (local_.address.is_v4()) batch[i].octets = without_ip_header(batch[i].octets);
    batch[i].segment_size = batch[i].octets.size();
  }
  return received;
}

SendOutcome InternetSocket::send(Datagrams& datagrams) {
  if (datagrams.may_fragment) {
    const std::lock_guard one_at_a_time{fragmenting_};
    allow_fragments(true);
    const SendOutcome outcome = send_each(datagrams);
    allow_fragments(false);
    return outcome;
  }
  const bool is_one = datagrams.octets.size() <= datagrams.segment_size;
  if (kind_ == Kind::Esp || is_one || refused_interface_ == datagrams.path.interface) return send_each(datagrams);
  return send_segmented(datagrams);
}

// Some network cards do not take UDP_SEGMENT; then, and then only, sending one by one works on the same path.
SendOutcome InternetSocket::send_segmented(Datagrams& datagrams) {
  SocketMessage envelope;
  msghdr message = envelope.outgoing(datagrams.path, datagrams.traffic_class, datagrams.segment_size);
  iovec part{const_cast<std::byte*>(datagrams.octets.data()), datagrams.octets.size()};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (::sendmsg(socket_.get(), &message, MSG_DONTWAIT) >= 0) {
    datagrams.octets = {};
    return SendOutcome::Sent;
  }
  const bool is_refused = errno == EIO || errno == EINVAL || errno == EOPNOTSUPP;
  if (!is_refused) return outcome_of(errno);
  const SendOutcome outcome = send_each(datagrams);
  if (outcome == SendOutcome::Sent) refused_interface_ = datagrams.path.interface;
  return outcome;
}

SendOutcome InternetSocket::send_each(Datagrams& datagrams) {
  SocketMessage envelope;
  Path path = datagrams.path;
  if (kind_ == Kind::Esp) path.peer.port = 0;
  const msghdr header = envelope.outgoing(path, datagrams.traffic_class, 0);
  std::array<iovec, sends_max> parts;
  std::array<mmsghdr, sends_max> messages;
  while (!datagrams.octets.empty()) {
    unsigned count = 0;
    for (ByteView rest = datagrams.octets; !rest.empty() && count < sends_max; ++count) {
      const std::size_t size = std::min(rest.size(), datagrams.segment_size);
      parts[count] = {const_cast<std::byte*>(rest.data()), size};
      messages[count] = {header, 0};
      messages[count].msg_hdr.msg_iov = &parts[count];
      messages[count].msg_hdr.msg_iovlen = 1;
      rest = rest.subspan(size);
    }
    const int sent = ::sendmmsg(socket_.get(), messages.data(), count, MSG_DONTWAIT);
    if (sent <= 0) return outcome_of(errno);
    for (int i = 0; i < sent; ++i)
      datagrams.octets = datagrams.octets.subspan(parts[static_cast<std::size_t>(i)].iov_len);
  }
  return SendOutcome::Sent;
}

// A connected socket of the same kind of path knows it.
std::optional<std::size_t> InternetSocket::path_mtu(const Path& path) {
  const bool is_v4 = path.peer.address.is_v4();
  const FileDescriptor probe{::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const int interface = static_cast<int>(path.interface);
  if (mark_ != 0) ::setsockopt(probe.get(), SOL_SOCKET, SO_MARK, &mark_, sizeof mark_);
  if (interface != 0) ::setsockopt(probe.get(), SOL_SOCKET, SO_BINDTOIFINDEX, &interface, sizeof interface);
  const KernelAddress local = KernelAddress::of({path.local.address, 0});
  const KernelAddress peer = KernelAddress::of({path.peer.address, std::max<std::uint16_t>(path.peer.port, 1)});
  int mtu = 0;
  socklen_t size = sizeof mtu;
  if (::bind(probe.get(), local.pointer(), local.size) != 0 || ::connect(probe.get(), peer.pointer(), peer.size) != 0)
    return std::nullopt;
  if (::getsockopt(probe.get(), is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU : IPV6_MTU, &mtu, &size) != 0)
    return std::nullopt;
  return static_cast<std::size_t>(mtu);
}

}  // namespace agilevpn::linux
