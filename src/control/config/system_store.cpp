#include "control/config/system_store.h"

#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "control/config/credential_files.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

path place(const char* variable, const char* otherwise) {
  const char* const named = std::getenv(variable);
  return named && *named ? named : otherwise;
}

// As OpenSSL looks for them there, and once for each CA: "d853d49e.0".
bool is_hash_link(const path& file) {
  const std::string name = file.filename().string();
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return name.size() >= 10 && name[8] == '.' && std::all_of(name.begin(), name.begin() + 8, is_hex) &&
         std::all_of(name.begin() + 9, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void add(const path& file, std::vector<crypto::Certificate>& all) {
  auto found = load_certificates(file);
  if (!found) return;  // A system's store may hold what we cannot read: that one is trusted by nobody.
  for (crypto::Certificate& one : *found)
    if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

}  // namespace

Result<std::vector<crypto::Certificate>, Error> load_system_certificates() {
  std::vector<crypto::Certificate> all;
  add(place(X509_get_default_cert_file_env(), X509_get_default_cert_file()), all);
  std::error_code failed;
  std::vector<path> links;
  for (const auto& entry :
       std::filesystem::directory_iterator(place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()), failed))
    if (is_hash_link(entry.path())) links.push_back(entry.path());
  std::ranges::sort(links);
  for (const path& link : links) add(link, all);
  if (all.empty()) return Failure{Error{"this system trusts no CA", "apt install ca-certificates"}};
  return all;
}

}  // namespace agilevpn::control::config
