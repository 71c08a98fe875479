#include "control/key_log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace agilevpn::control {

namespace {

Error system_error(std::string_view what, const std::filesystem::path& path) {
  return {fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)), ""};
}

std::string_view file_name(ike::KeyLogEntry::Table table) {
  return table == ike::KeyLogEntry::Table::EspSa ? "esp_sa" : "ikev2_decryption_table";
}

}  // namespace

Result<KeyLogFiles, Error> KeyLogFiles::open(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (::access(directory.c_str(), W_OK) != 0) return Failure{system_error("write keys to", directory)};
  return KeyLogFiles{directory};
}

Result<void, Error> KeyLogFiles::write(const ike::KeyLogEntry& entry) {
  const auto path = directory_ / file_name(entry.table);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Failure{system_error("write keys to", path)};
  char newline = '\n';
  const std::array<iovec, 2> line{{{const_cast<std::byte*>(entry.row.view().data()), entry.row.size()}, {&newline, 1}}};
  const bool is_whole = ::writev(file, line.data(), line.size()) == static_cast<ssize_t>(entry.row.size() + 1);
  ::close(file);
  if (!is_whole) return Failure{system_error("write keys to", path)};
  return {};
}

}  // namespace agilevpn::control
