// A TUN interface of the kernel (Documentation/networking/tuntap.rst) that gives and takes super-packets. The interface
// is there as long as the object is. Its addresses, routes, MTU and whether it is up are the owner's matter
// (host_network.h).
#pragma once

#include <memory>
#include <string>

#include "dataplane/tun_device.h"
#include "linux/file_descriptor.h"

namespace agilevpn::linux {

class TunDevice final : public dataplane::TunDevice {
 public:
  // Makes an interface of this name, which may hold a %d ("vpn%d"); one that is there is refused, since somebody else made
  // it: ours go with the process that had them, however it ended. Packets wait in a queue of `queue_length`: the
  // kernel's 500 overflow while a busy host lets the worker wait for its turn.
  static Result<std::unique_ptr<TunDevice>, Error> open(const std::string& name, int queue_length = 4096);

  const std::string& name() const { return name_; }  // As the kernel gave it.
  int fd() const override { return device_.get(); }
  std::size_t mtu() const override;
  bool takes_udp_segmentation() const override { return takes_udp_segmentation_; }
  std::optional<dataplane::TunPacket> read(MutableByteView buffer) override;
  bool write(const dataplane::Offload& offload, std::span<const ByteView> parts) override;

 private:
  TunDevice(FileDescriptor device, FileDescriptor control) : device_(std::move(device)), control_(std::move(control)) {}
  Result<void, Error> attach(const std::string& name);
  void offer_offloads();

  FileDescriptor device_;
  FileDescriptor control_;  // Any socket, for questions about interfaces.
  std::string name_;
  bool takes_udp_segmentation_ = false;
};

}  // namespace agilevpn::linux
