// Route netlink (rtnetlink(7)) by libmnl: requests with their acknowledgements, dumps, and a socket that hears of changes.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <array>
#include <functional>
#include <optional>

#include "base/address.h"
#include "linux/file_descriptor.h"

namespace agilevpn::linux {

// One request: a header of its kind (rtmsg, ifaddrmsg ...), then attributes.
class NetlinkRequest {
 public:
  // `flags` besides NLM_F_REQUEST: NLM_F_CREATE | NLM_F_EXCL ...
  template <class Header>
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Header& header) : NetlinkRequest(type, flags) {
    put_header(std::as_bytes(std::span{&header, 1}));
  }

  NetlinkRequest& put(std::uint16_t attribute, ByteView value);
  NetlinkRequest& put(std::uint16_t attribute, const IpAddress& value) { return put(attribute, value.bytes()); }
  NetlinkRequest& put_u8(std::uint16_t attribute, std::uint8_t value);
  NetlinkRequest& put_u32(std::uint16_t attribute, std::uint32_t value);
  // Attributes inside an attribute.
  NetlinkRequest& put_nested(std::uint16_t attribute, const std::function<void(NetlinkRequest&)>& fill);

  nlmsghdr* message();

 private:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags);
  void put_header(ByteView header);

  alignas(NLMSG_ALIGNTO) std::array<std::byte, 1024> buffer_{};
};

// The attributes of a message or of a nested attribute, by their number. Views into it.
class NetlinkAttributes {
 public:
  NetlinkAttributes(const nlmsghdr* message, std::size_t header_size);
  explicit NetlinkAttributes(ByteView nested);

  bool has(std::uint16_t attribute) const { return at(attribute) != nullptr; }
  const nlattr* at(std::uint16_t attribute) const { return attribute < known ? attributes_[attribute] : nullptr; }
  std::optional<std::uint8_t> u8(std::uint16_t attribute) const;
  std::optional<std::uint32_t> u32(std::uint16_t attribute) const;
  std::optional<IpAddress> address(std::uint16_t attribute) const;
  std::string_view text(std::uint16_t attribute) const;
  ByteView bytes(std::uint16_t attribute) const;

 private:
  static constexpr std::size_t known = 96;  // IFLA_MAX and its kin are below.
  static int collect(const nlattr* attribute, void* self);

  std::array<const nlattr*, known> attributes_{};
};

// Not thread-safe. Answers come from this kernel, at once.
class NetlinkSocket {
 public:
  // `groups`: RTNLGRP_ numbers to hear of; none for requests only.
  static Result<NetlinkSocket, Error> open(std::initializer_list<unsigned> groups = {});

  // Sends a request and waits for its acknowledgement. The error is an errno.
  Result<void, int> request(NetlinkRequest request);
  // Hands each message of a dump to `visit`. Begins again where the kernel says that the dump was torn (NLM_F_DUMP_INTR);
  // `restart` is called before each try.
  Result<void, int> dump(NetlinkRequest request, const std::function<void()>& restart,
                         const std::function<void(const nlmsghdr*)>& visit);
  // Discards everything that is waiting; whether there was anything. For a socket with groups.
  bool drain();

  int fd() const { return fd_.get(); }

 private:
  explicit NetlinkSocket(FileDescriptor fd) : fd_(std::move(fd)) {}
  // Sends, then reads until the acknowledgement or the end of the dump. True where the dump was torn.
  Result<bool, int> exchange(nlmsghdr* message, const std::function<void(const nlmsghdr*)>& visit);

  FileDescriptor fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace agilevpn::linux
