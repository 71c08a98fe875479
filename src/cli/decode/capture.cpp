#include "cli/decode/capture.h"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace agilevpn::cli::decode {

namespace {

ssize_t read_gzip(void* file, char* buffer, std::size_t size) {
  return gzread(static_cast<gzFile>(file), buffer, static_cast<unsigned>(size));
}
int close_gzip(void* file) { return gzclose(static_cast<gzFile>(file)); }

// libpcap does not unpack; zlib does, and lets what is not packed pass.
std::FILE* open_unpacked(const std::string& file) {
  const gzFile packed = gzopen(file.c_str(), "rb");
  if (!packed) return nullptr;
  return fopencookie(packed, "rb", {.read = read_gzip, .write = nullptr, .seek = nullptr, .close = close_gzip});
}

}  // namespace

Result<Capture, Error> Capture::open(const std::string& file) {
  std::FILE* const stream = open_unpacked(file);
  if (!stream) return Failure{Error{fmt::format("cannot read {}: {}", file, std::strerror(errno)), ""}};
  char reason[PCAP_ERRBUF_SIZE] = "";
  Handle handle{pcap_fopen_offline(stream, reason), pcap_close};
  if (handle) return Capture{std::move(handle), file};
  std::fclose(stream);
  return Failure{Error{fmt::format("cannot read {}: {}", file, reason), "it must be a pcap or pcapng capture"}};
}

Result<std::optional<Frame>, Error> Capture::next() {
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  const int status = pcap_next_ex(handle_.get(), &header, &octets);
  if (status == PCAP_ERROR_BREAK) return std::nullopt;
  if (status != 1)
    return Failure{Error{fmt::format("{}: after frame {}: {}", file_, count_, pcap_geterr(handle_.get())), ""}};
  const auto since_epoch = std::chrono::seconds{header->ts.tv_sec} + std::chrono::microseconds{header->ts.tv_usec};
  return Frame{.number = ++count_,
               .time = FrameTime{since_epoch},
               .link_type = pcap_datalink(handle_.get()),
               .octets = std::as_bytes(std::span{octets, header->caplen})};
}

}  // namespace agilevpn::cli::decode
