// Where a new password comes from, and how it is kept: --password-stdin, --generate, --no-password, or asked for on the
// terminal, twice and unseen.
#pragma once

#include <CLI/CLI.hpp>

#include "store/stored_password.h"

namespace agilevpn::cli {

struct PasswordOptions {
  bool from_stdin = false;
  bool generates = false;
  bool none = false;
  bool scrypt = false;

  store::PasswordKind kind() const { return scrypt ? store::PasswordKind::Scrypt : store::PasswordKind::NtHash; }
};
void add_password_options(CLI::App* verb, PasswordOptions& options);

struct NewPassword {
  std::optional<store::StoredPassword> stored;  // Nothing: certificates only.
  std::string generated;                        // To be shown once; empty if it was not made up here.
};
// Where nothing says how and nobody sits at a terminal, one is made up.
Result<NewPassword, Error> choose_password(const std::string& user, const PasswordOptions& options);

bool is_at_terminal();
// A password that somebody else made: the first line of standard input, or asked for on the terminal, once and unseen.
// `option` is the one that gives it where nobody can be asked.
Result<Secret, Error> known_password(const std::string& question, bool from_stdin,
                                     std::string_view option = "--password-stdin");

// The system's OpenSSL and randomness, for as long as it lives.
class PasswordTools {
 public:
  static Result<PasswordTools, Error> load(store::PasswordKind kind);
  store::PasswordHashing hashing() { return {.mschap = mschap_ ? &*mschap_ : nullptr, .random = *random_}; }

 private:
  std::optional<crypto::MsChap> mschap_;
  std::unique_ptr<Random> random_;
};

}  // namespace agilevpn::cli
