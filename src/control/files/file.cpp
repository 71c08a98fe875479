#include "control/files/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace agilevpn::control::files {

namespace {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return fd_; }

 private:
  int fd_;
};

Failure<Error> failed(std::string_view verb, const std::filesystem::path& path, int reason = errno) {
  return Failure{Error{fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(reason)),
                       reason == EACCES || reason == EPERM ? "run it as root" : ""}};
}

bool write_whole(int fd, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

Result<void, Error> make_directory_of(const std::filesystem::path& path, Readers readers) {
  const auto directory = path.parent_path();
  if (directory.empty() || directory == path) return {};
  TRY_ASSIGN(const bool is_there, has(directory));
  if (is_there) return {};
  TRY(make_directory_of(directory, readers));
  if (::mkdir(directory.c_str(), readers == Readers::OwnerOnly ? 0700 : 0755) != 0 && errno != EEXIST)
    return failed("make", directory);
  return {};
}

}  // namespace

Result<bool, Error> has(const std::filesystem::path& path) {
  std::error_code reason;
  const bool is_there = std::filesystem::exists(path, reason);
  if (reason) return failed("read", path, reason.value());
  return is_there;
}

bool is_open_to_all(const std::filesystem::path& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0;
}

Result<Secret, Error> read_secret(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file < 0) return failed("read", path);
  struct stat found{};
  if (::fstat(file, &found) != 0) return failed("read", path);
  if (!S_ISREG(found.st_mode)) return Failure{Error{fmt::format("{} is no file", path.string()), ""}};
  if (found.st_size > static_cast<off_t>(file_size_max))
    return Failure{Error{fmt::format("{} is too large", path.string()), ""}};
  Secret content(static_cast<std::size_t>(found.st_size));
  for (MutableByteView rest = content.mutable_view(); !rest.empty();) {
    const ssize_t size = ::read(file, rest.data(), rest.size());
    if (size < 0) return failed("read", path);
    if (size == 0) return Failure{Error{fmt::format("{} changed while it was read", path.string()), ""}};
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  return content;
}

Result<std::string, Error> read_text(const std::filesystem::path& path) {
  TRY_ASSIGN(const Secret content, read_secret(path));
  return to_text(content.view());
}

Result<void, Error> write(const std::filesystem::path& path, ByteView content, Readers readers) {
  TRY(make_directory_of(path, readers));
  const std::string next = path.string() + ".new";
  ::unlink(next.c_str());
  const Descriptor file(
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, readers == Readers::OwnerOnly ? 0600 : 0644));
  if (file < 0 || !write_whole(file, content)) return failed("write", next);
  if (::rename(next.c_str(), path.c_str()) != 0) return failed("write", path);
  return {};
}

}  // namespace agilevpn::control::files
