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

#include <array>

#include "linux/file_descriptor.h"

namespace agilevpn::linux {

namespace {

// A file in memory that holds `input`: unlike a pipe it takes everything at once, whoever reads it, and when.
Result<FileDescriptor, Error> file_with(std::string_view input) {
  FileDescriptor file{::memfd_create("input", MFD_CLOEXEC)};
  if (!file.is_open() || ::write(file.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
      ::lseek(file.get(), 0, SEEK_SET) != 0)
    return Failure{system_error("keep what a program shall read")};
  return file;
}

struct Streams {
  int input, output, errors;
};

Result<pid_t, Error> spawn(const std::filesystem::path& program, const std::vector<std::string>& command,
                           const Streams& streams, short flags = 0) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, streams.input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, flags);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Failure{system_error(error, "run " + program.string())};
  return pid;
}

Result<FileDescriptor, Error> open_file(const std::filesystem::path& path, int flags) {
  FileDescriptor file{::open(path.c_str(), flags | O_CLOEXEC, 0600)};
  if (!file.is_open()) return Failure{system_error("open " + path.string())};
  return file;
}

// Its wait status.
int wait_for(pid_t pid, Duration patience) {
  const int patience_ms = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(patience).count());
  const FileDescriptor process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (process.is_open() && ::poll(&ended, 1, patience_ms) == 0) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

Result<void, Error> run_with(const std::vector<std::string>& command, std::string_view input, int output,
                             Duration patience) {
  const auto program = find_program(command.front());
  if (!program) return Failure{Error{fmt::format("there is no program {}", command.front()), {}}};
  TRY_ASSIGN(const FileDescriptor file, file_with(input));
  TRY_ASSIGN(const FileDescriptor nowhere, open_file("/dev/null", O_WRONLY));
  TRY_ASSIGN(const pid_t pid, spawn(*program, command, {file.get(), output, nowhere.get()}));
  const int status = wait_for(pid, patience);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Failure{
      Error{fmt::format("\"{}\" failed", fmt::join(command, " ")),
            WIFSIGNALED(status) ? "it did not end in time" : fmt::format("exit status {}", WEXITSTATUS(status))}};
}

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name) {
  std::error_code ignored;
  for (const std::filesystem::path folder : {"/usr/bin", "/usr/sbin", "/bin", "/sbin"})
    if (std::filesystem::exists(folder / name, ignored)) return folder / name;
  return std::nullopt;
}

Result<void, Error> run_program(const std::vector<std::string>& command, std::string_view input) {
  TRY_ASSIGN(const FileDescriptor nowhere, open_file("/dev/null", O_WRONLY));
  return run_with(command, input, nowhere.get(), 2s);
}

Result<void, Error> run_patiently(const std::vector<std::string>& command, Duration patience) {
  TRY_ASSIGN(const FileDescriptor nowhere, open_file("/dev/null", O_WRONLY));
  return run_with(command, {}, nowhere.get(), patience);
}

Result<std::string, Error> read_program(const std::vector<std::string>& command) {
  TRY_ASSIGN(const FileDescriptor output, file_with({}));
  TRY(run_with(command, {}, output.get(), 5s));
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::pread(output.get(), part.data(), part.size(), static_cast<off_t>(text.size()))) > 0;)
    text.append(part.data(), static_cast<std::size_t>(size));
  return text;
}

Result<void, Error> start_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                  const std::filesystem::path& log) {
  TRY_ASSIGN(const FileDescriptor nothing, open_file("/dev/null", O_RDONLY));
  TRY_ASSIGN(const FileDescriptor output, open_file(log, O_WRONLY | O_CREAT | O_APPEND));
  std::vector<std::string> command{program.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  TRY(spawn(program, command, {nothing.get(), output.get(), output.get()}, POSIX_SPAWN_SETSID));
  return {};
}

}  // namespace agilevpn::linux
