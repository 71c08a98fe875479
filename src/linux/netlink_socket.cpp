#include "linux/netlink_socket.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <cerrno>

namespace agilevpn::linux {

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer_.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void NetlinkRequest::put_header(ByteView header) {
  std::ranges::copy(header, static_cast<std::byte*>(mnl_nlmsg_put_extra_header(message(), header.size())));
}

nlmsghdr* NetlinkRequest::message() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }

NetlinkRequest& NetlinkRequest::put(std::uint16_t attribute, ByteView value) {
  mnl_attr_put(message(), attribute, value.size(), value.data());
  return *this;
}

NetlinkRequest& NetlinkRequest::put_u8(std::uint16_t attribute, std::uint8_t value) {
  mnl_attr_put_u8(message(), attribute, value);
  return *this;
}

NetlinkRequest& NetlinkRequest::put_u32(std::uint16_t attribute, std::uint32_t value) {
  mnl_attr_put_u32(message(), attribute, value);
  return *this;
}

NetlinkRequest& NetlinkRequest::put_nested(std::uint16_t attribute, const std::function<void(NetlinkRequest&)>& fill) {
  nlattr* nest = mnl_attr_nest_start(message(), attribute);
  fill(*this);
  mnl_attr_nest_end(message(), nest);
  return *this;
}

NetlinkAttributes::NetlinkAttributes(const nlmsghdr* message, std::size_t header_size) {
  mnl_attr_parse(message, static_cast<unsigned>(header_size), &collect, this);
}

NetlinkAttributes::NetlinkAttributes(ByteView nested) {
  mnl_attr_parse_payload(nested.data(), nested.size(), &collect, this);
}

int NetlinkAttributes::collect(const nlattr* attribute, void* self) {
  auto& all = static_cast<NetlinkAttributes*>(self)->attributes_;
  if (const auto type = mnl_attr_get_type(attribute); type < known) all[type] = attribute;
  return MNL_CB_OK;
}

ByteView NetlinkAttributes::bytes(std::uint16_t attribute) const {
  const nlattr* found = at(attribute);
  if (!found) return {};
  return {static_cast<const std::byte*>(mnl_attr_get_payload(found)), mnl_attr_get_payload_len(found)};
}

std::optional<std::uint8_t> NetlinkAttributes::u8(std::uint16_t attribute) const {
  if (bytes(attribute).size() < sizeof(std::uint8_t)) return std::nullopt;
  return mnl_attr_get_u8(at(attribute));
}

std::optional<std::uint32_t> NetlinkAttributes::u32(std::uint16_t attribute) const {
  if (bytes(attribute).size() < sizeof(std::uint32_t)) return std::nullopt;
  return mnl_attr_get_u32(at(attribute));
}

std::optional<IpAddress> NetlinkAttributes::address(std::uint16_t attribute) const {
  return IpAddress::from_bytes(bytes(attribute));
}

std::string_view NetlinkAttributes::text(std::uint16_t attribute) const {
  return has(attribute) ? mnl_attr_get_str(at(attribute)) : std::string_view{};
}

Result<NetlinkSocket, Error> NetlinkSocket::open(std::initializer_list<unsigned> groups) {
  const int nonblocking = groups.size() > 0 ? SOCK_NONBLOCK : 0;
  FileDescriptor fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | nonblocking, NETLINK_ROUTE)};
  if (!fd.is_open()) return Failure{system_error("open a netlink socket")};
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return Failure{system_error("bind a netlink socket")};
  for (const unsigned group : groups)
    if (::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      return Failure{system_error("hear of changes by netlink")};
  return NetlinkSocket{std::move(fd)};
}

Result<void, int> NetlinkSocket::request(NetlinkRequest request) {
  request.message()->nlmsg_flags |= NLM_F_ACK;
  TRY(exchange(request.message(), [](const nlmsghdr*) {}));
  return {};
}

Result<void, int> NetlinkSocket::dump(NetlinkRequest request, const std::function<void()>& restart,
                                      const std::function<void(const nlmsghdr*)>& visit) {
  static constexpr int tries = 10;  // A table that is torn that often changes faster than it can be read.
  request.message()->nlmsg_flags |= NLM_F_DUMP;
  for (int i = 0; i < tries; ++i) {
    restart();
    TRY_ASSIGN(const bool is_torn, exchange(request.message(), visit));
    if (!is_torn) return {};
  }
  return Failure{EINTR};
}

Result<bool, int> NetlinkSocket::exchange(nlmsghdr* message, const std::function<void(const nlmsghdr*)>& visit) {
  message->nlmsg_seq = ++sequence_;
  if (::send(fd_.get(), message, message->nlmsg_len, 0) < 0) return Failure{errno};
  alignas(NLMSG_ALIGNTO) std::array<std::byte, 32768> buffer;
  bool is_torn = false;
  while (true) {
    const ssize_t received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return Failure{errno};
    int rest = static_cast<int>(received);
    for (auto* m = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(m, rest);
         m = mnl_nlmsg_next(m, &rest)) {
      if (m->nlmsg_seq != sequence_) continue;
      is_torn = is_torn || (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (m->nlmsg_type == NLMSG_DONE) return is_torn;
      if (m->nlmsg_type == NLMSG_ERROR) {
        const int error = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(m))->error;
        if (error != 0) return Failure{error};
        return is_torn;
      }
      visit(m);
    }
  }
}

bool NetlinkSocket::drain() {
  std::array<std::byte, 32768> buffer;
  bool heard = false;
  while (true) {
    if (::recv(fd_.get(), buffer.data(), buffer.size(), 0) >= 0 || errno == ENOBUFS) {
      heard = true;  // ENOBUFS: more than the socket could hold was lost; whoever drains reads everything anew anyhow.
    } else if (errno != EINTR) {
      return heard;
    }
  }
}

}  // namespace agilevpn::linux
