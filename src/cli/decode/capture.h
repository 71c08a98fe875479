// The frames of a capture file, one after another.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

struct pcap;

namespace agilevpn::cli::decode {

using FrameTime = std::chrono::sys_time<std::chrono::microseconds>;

struct Frame {
  std::size_t number = 0;  // From 1, as Wireshark counts.
  FrameTime time;
  int link_type = 0;  // libpcap's DLT_*.
  ByteView octets;    // Valid until the next frame is read.
};

class Capture {
 public:
  // pcap or pcapng, plain or gzipped.
  static Result<Capture, Error> open(const std::string& file);

  // The next frame; nothing at the end.
  Result<std::optional<Frame>, Error> next();

 private:
  using Handle = std::unique_ptr<pcap, void (*)(pcap*)>;
  Capture(Handle handle, std::string file) : handle_(std::move(handle)), file_(std::move(file)) {}

  Handle handle_;
  std::string file_;
  std::size_t count_ = 0;
};

}  // namespace agilevpn::cli::decode
