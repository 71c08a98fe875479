#include "cli/user_password.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "control/files/pki_store.h"
#include "linux/system_random.h"
#include "store/limits.h"

namespace agilevpn::cli {

namespace {

volatile std::sig_atomic_t is_interrupted = 0;

// A terminal that shows nothing of what is typed. Ctrl-C ends the reading, so that the terminal is put back.
class SilentTerminal {
 public:
  SilentTerminal() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    struct sigaction note{};  // Without SA_RESTART: read() returns.
    note.sa_handler = [](int) { is_interrupted = 1; };
    ::sigaction(SIGINT, &note, &action_before_);
  }
  ~SilentTerminal() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::sigaction(SIGINT, &action_before_, nullptr);
    fmt::print(stderr, "\n");
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
  struct sigaction action_before_{};
};

// Up to the end of the line, octet by octet: nothing of it stays in a buffer of the C library.
Result<Secret, Error> read_line() {
  Secret line(store::limits::password_size_max + 2);
  std::size_t size = 0;
  for (;;) {
    std::byte next{};
    const ssize_t count = ::read(STDIN_FILENO, &next, 1);
    if (count < 0 && (errno != EINTR || is_interrupted)) return Failure{Error{"no password was given", ""}};
    if (count == 0 || (count > 0 && next == std::byte{'\n'})) break;
    if (count < 0) continue;
    if (size == line.size()) return Failure{Error{"the password is too long", "256 characters at most"}};
    line.mutable_view()[size++] = next;
  }
  if (size > 0 && line.view()[size - 1] == std::byte{'\r'}) --size;
  return Secret::copy_of(line.view().first(size));
}

Result<Secret, Error> ask(const std::string& question) {
  fmt::print(stderr, "{}", question);
  const SilentTerminal terminal;
  return read_line();
}

// Nothing if Enter alone was pressed.
Result<Secret, Error> ask_twice(const std::string& user) {
  TRY_ASSIGN(Secret first, ask(fmt::format("Password of {} (Enter alone makes one up): ", user)));
  if (first.empty()) return first;
  TRY_ASSIGN(const Secret second, ask("Once more: "));
  if (first != second) return Failure{Error{"the two passwords are not the same", "nothing was changed; try again"}};
  return first;
}

Result<Secret, Error> first_line() {
  TRY_ASSIGN(Secret line, read_line());
  if (line.empty()) return Failure{Error{"there is no password on standard input", "its first line is the password"}};
  return line;
}

Result<Secret, Error> given_password(const std::string& user, const PasswordOptions& options) {
  if (options.from_stdin) return first_line();
  if (options.generates || !is_at_terminal()) return Secret{};
  return ask_twice(user);
}

}  // namespace

bool is_at_terminal() { return ::isatty(STDIN_FILENO) != 0; }

Result<Secret, Error> known_password(const std::string& question, bool from_stdin, std::string_view option) {
  if (from_stdin) return first_line();
  if (!is_at_terminal())
    return Failure{Error{"nobody is here to be asked for the password", fmt::format("give it by {}", option)}};
  return ask(question);
}

void add_password_options(CLI::App* verb, PasswordOptions& options) {
  CLI::Option* from_stdin =
      verb->add_flag("--password-stdin", options.from_stdin, "The first line of standard input is the password");
  CLI::Option* generates = verb->add_flag("--generate", options.generates, "Make a password up and show it once");
  CLI::Option* none = verb->add_flag("--no-password", options.none, "No password: certificates only");
  CLI::Option* scrypt =
      verb->add_flag("--scrypt", options.scrypt,
                     "Keep it by scrypt: for EAP-TTLS/PAP; Windows, Apple and Android built-in clients cannot use it");
  from_stdin->excludes(generates)->excludes(none);
  generates->excludes(none);
  none->excludes(scrypt);
}

Result<NewPassword, Error> choose_password(const std::string& user, const PasswordOptions& options) {
  NewPassword out;
  if (options.none) return out;
  TRY_ASSIGN(PasswordTools tools, PasswordTools::load(options.kind()));
  TRY_ASSIGN(Secret password, given_password(user, options));
  if (password.empty()) {
    password = control::files::make_password(tools.hashing().random.secret_bytes(10).view());
    out.generated = to_text(password.view());
  }
  TRY_ASSIGN(out.stored, store::StoredPassword::make(options.kind(), password, tools.hashing()));
  return out;
}

Result<PasswordTools, Error> PasswordTools::load(store::PasswordKind kind) {
  PasswordTools tools;
  tools.random_ = std::make_unique<linux::SystemRandom>();
  if (kind == store::PasswordKind::NtHash) {
    TRY_ASSIGN(tools.mschap_, crypto::MsChap::load());
  }
  return tools;
}

}  // namespace agilevpn::cli
