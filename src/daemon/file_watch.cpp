#include "daemon/file_watch.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <iterator>
#include <utility>

namespace agilevpn::daemon {

namespace {

// Which file there is and when it was written; nothing of what is in it.
std::string look_at(const std::vector<std::filesystem::path>& files) {
  std::string seen;
  for (const auto& file : files) {
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0) found = {};
    fmt::format_to(std::back_inserter(seen), "{}:{}:{}:{}.{} ", found.st_dev, found.st_ino, found.st_size,
                   found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
  }
  return seen;
}

}  // namespace

void FileWatch::set(std::vector<std::filesystem::path> files) {
  files_ = std::move(files);
  seen_ = read_ = look_at(files_);
}

bool FileWatch::has_settled_change() {
  const std::string before = std::exchange(seen_, look_at(files_));
  if (seen_ == read_ || seen_ != before) return false;
  read_ = seen_;
  return true;
}

}  // namespace agilevpn::daemon
