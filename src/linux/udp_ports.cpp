#include "linux/udp_ports.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "linux/file_descriptor.h"

namespace agilevpn::linux {

namespace {

namespace fs = std::filesystem;

// 0, or an errno.
int try_port(std::uint16_t number) {
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(number);
  if (const FileDescriptor socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)}; socket.is_open())
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any6), sizeof any6) == 0 ? 0 : errno;
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(number);
  const FileDescriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 ? 0 : errno;
}

// The sockets of that port, as /proc/PID/fd names them. A line of /proc/net/udp: "12: 00000000:01F4 00000000:0000 07
// ... inode".
std::set<std::string> sockets_of(std::uint16_t number) {
  std::set<std::string> out;
  const std::string port = fmt::format(":{:04X}", number);
  for (const char* table : {"/proc/net/udp", "/proc/net/udp6"}) {
    std::ifstream file{table};
    for (std::string line; std::getline(file, line);) {
      std::istringstream words{line};
      std::string word, local, inode;
      for (int column = 0; words >> word && column <= 9; ++column) {
        if (column == 1) local = word;
        if (column == 9) inode = word;
      }
      if (local.ends_with(port)) out.insert(fmt::format("socket:[{}]", inode));
    }
  }
  return out;
}

bool has_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code gone;
  for (fs::directory_iterator fd{process / "fd", gone}, end; !gone && fd != end; fd.increment(gone)) {
    std::error_code unreadable;
    if (sockets.contains(fs::read_symlink(fd->path(), unreadable).string())) return true;
  }
  return false;
}

std::string holder_of(std::uint16_t number) {
  const auto sockets = sockets_of(number);
  std::error_code gone;
  for (fs::directory_iterator process{"/proc", gone}, end; !gone && process != end; process.increment(gone)) {
    const std::string id = process->path().filename().string();
    if (id.find_first_not_of("0123456789") != std::string::npos || !has_one_of(process->path(), sockets)) continue;
    std::string name;
    std::getline(std::ifstream{process->path() / "comm"}, name);
    return name;
  }
  return {};
}

}  // namespace

preflight::Port read_udp_port(std::uint16_t number) {
  using State = preflight::Port::State;
  const int error = try_port(number);
  if (error == 0) return {.number = number, .state = State::Free, .holder = {}, .reason = {}};
  if (error == EADDRINUSE) return {.number = number, .state = State::Taken, .holder = holder_of(number), .reason = {}};
  return {.number = number, .state = State::Refused, .holder = {}, .reason = std::strerror(error)};
}

}  // namespace agilevpn::linux
