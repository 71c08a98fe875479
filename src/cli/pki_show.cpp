#include "cli/pki_show.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/certificate_file.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "control/files/file.h"

namespace agilevpn::cli {

using control::files::IssuedCertificate;
using control::files::PkiStore;

std::string date_text(WallTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

std::string state_text(const IssuedCertificate& entry) {
  if (entry.revoked) return "revoked " + date_text(*entry.revoked);
  return entry.not_after < wall_now() ? "over" : "valid";
}

namespace {

// What the store knows of it, if it has issued it.
std::string state_in(const Result<PkiStore, Error>& store, const crypto::Certificate& certificate) {
  const IssuedCertificate* entry = store ? store->find(certificate.serial()) : nullptr;
  return entry ? state_text(*entry) : "";
}

// Those of the subjectAltName.
std::vector<std::string> alternative_names(const crypto::Certificate& certificate) {
  std::vector<std::string> names;
  for (const auto& name : certificate.names())
    if (name.kind != crypto::CertificateName::Kind::Dn) names.push_back(name.to_string());
  return names;
}

nlohmann::json certificate_json(const crypto::Certificate& certificate, const std::string& state) {
  return {{"subject", certificate.subject()},
          {"issuer", certificate.issuer()},
          {"serial", certificate.serial()},
          {"not_before", date_text(certificate.not_before())},
          {"not_after", date_text(certificate.not_after())},
          {"ca", certificate.is_ca()},
          {"key", crypto::to_string(certificate.public_key().type())},
          {"names", alternative_names(certificate)},
          {"state", state.empty() ? nlohmann::json(nullptr) : nlohmann::json(state)},
          {"usage", certificate.extended_key_usages()},
          {"sha256", agilevpn::to_hex(certificate.sha256_fingerprint())}};
}

void print_certificate(const crypto::Certificate& certificate, const std::string& state) {
  fmt::print("{}{}\n", certificate.subject(), certificate.is_ca() ? "  (CA)" : "");
  fmt::print("  issued by  {}\n", certificate.issuer());
  fmt::print("  valid      {} to {}\n", date_text(certificate.not_before()), date_text(certificate.not_after()));
  if (!state.empty()) fmt::print("  state      {}\n", state);
  fmt::print("  names      {}\n", join(alternative_names(certificate)));
  fmt::print("  usage      {}\n", join(certificate.extended_key_usages()));
  fmt::print("  key        {}\n", crypto::to_string(certificate.public_key().type()));
  fmt::print("  serial     {}\n", certificate.serial());
  fmt::print("  SHA-256    {}\n", to_hex(certificate.sha256_fingerprint()));
}

// The CA's own file, that of an issued certificate, or any other: "anna", "anna.p12" of the store, a path.
std::filesystem::path file_to_show(const std::filesystem::path& directory, const std::string& name) {
  if (name.empty()) return PkiStore::ca_file(directory);
  for (const char* suffix : {".pem", ""}) {
    const auto issued = PkiStore::issued_file(directory, name, suffix);
    if (control::files::has(issued).value_or(false)) return issued;
  }
  return name;
}

}  // namespace

Result<void, Error> show_certificates(const std::filesystem::path& directory, const std::string& name,
                                      const std::filesystem::path& password_file, bool as_json) {
  const auto store = PkiStore::open(directory);
  if (name.empty() && !store) return Failure{store.error()};
  const auto file = file_to_show(directory, name);
  TRY_ASSIGN(const auto certificates, load_certificate_file(file, password_file));
  auto json = nlohmann::json::array();
  for (const crypto::Certificate& certificate : certificates) {
    const std::string state = state_in(store, certificate);
    json.push_back(certificate_json(certificate, state));
    if (!as_json) print_certificate(certificate, state);
  }
  if (as_json) print_json(json);
  return {};
}

}  // namespace agilevpn::cli
