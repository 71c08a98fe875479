#include "cli/certificate_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/user_password.h"
#include "control/config/credential_files.h"

namespace agilevpn::cli {

namespace {

Result<std::vector<crypto::Certificate>, Error> load_p12(const std::filesystem::path& file,
                                                         const std::filesystem::path& password_file) {
  Secret password;
  if (password_file.empty()) {
    TRY_ASSIGN(password, known_password(fmt::format("Password of {}: ", file.filename().string()), false,
                                        "--password-file FILE"));
  } else {
    TRY_ASSIGN(password, control::config::load_secret(password_file));
  }
  TRY_ASSIGN(auto own, control::config::load_own_certificate(file, {}, password));
  std::vector<crypto::Certificate> all{std::move(own.certificate)};
  std::ranges::move(own.chain, std::back_inserter(all));
  std::ranges::move(own.anchors, std::back_inserter(all));
  return all;
}

}  // namespace

Result<std::vector<crypto::Certificate>, Error> load_certificate_file(const std::filesystem::path& file,
                                                                      const std::filesystem::path& password_file) {
  const bool is_p12 = file.extension() == ".p12" || file.extension() == ".pfx";
  return is_p12 ? load_p12(file, password_file) : control::config::load_certificates(file);
}

}  // namespace agilevpn::cli
