#include "linux/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/file_descriptor.h"

namespace agilevpn::linux {

namespace {

constexpr int patience_ms = 2000;

// A file in memory that holds `input`: unlike a pipe it takes everything at once, whoever reads it, and when.
Result<FileDescriptor, Error> file_with(std::string_view input) {
  FileDescriptor file{::memfd_create("input", MFD_CLOEXEC)};
  if (!file.is_open() || ::write(file.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
      ::lseek(file.get(), 0, SEEK_SET) != 0)
    return Failure{system_error("keep what a program shall read")};
  return file;
}

Result<pid_t, Error> spawn(const std::filesystem::path& program, const std::vector<std::string>& command, int input) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Failure{system_error(error, "run " + program.string())};
  return pid;
}

// Its wait status.
int wait_for(pid_t pid) {
  const FileDescriptor process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (process.is_open() && ::poll(&ended, 1, patience_ms) == 0) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name) {
  std::error_code ignored;
  for (const std::filesystem::path folder : {"/usr/bin", "/usr/sbin", "/bin", "/sbin"})
    if (std::filesystem::exists(folder / name, ignored)) return folder / name;
  return std::nullopt;
}

Result<void, Error> run_program(const std::vector<std::string>& command, std::string_view input) {
  const auto program = find_program(command.front());
  if (!program) return Failure{Error{fmt::format("there is no program {}", command.front()), {}}};
  TRY_ASSIGN(const FileDescriptor file, file_with(input));
  TRY_ASSIGN(const pid_t pid, spawn(*program, command, file.get()));
  const int status = wait_for(pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Failure{Error{fmt::format("\"{}\" failed", fmt::join(command, " ")),
                       WIFSIGNALED(status) ? "it did not end in time" : fmt::format("exit status {}", WEXITSTATUS(status))}};
}

}  // namespace agilevpn::linux
