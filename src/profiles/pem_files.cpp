#include "profiles/pem_files.h"

#include <fmt/format.h>

#include "profiles/text.h"

namespace agilevpn::profiles {

PemFiles pem_files(const Request& request) {
  PemFiles out;
  std::vector<crypto::Certificate> all = request.authorities;
  if (request.login.certificate) {
    all.insert(all.end(), request.login.certificate->chain.begin(), request.login.certificate->chain.end());
  }
  for (const auto& certificate : all) {
    auto& list = is_root(certificate) ? out.roots : out.intermediates;
    const char* kind = is_root(certificate) ? "ca" : "intermediate";
    list.emplace_back(fmt::format("agilevpn-{}-{}{}.pem", safe_file_name(request.gateway), kind,
                                  list.empty() ? "" : std::to_string(list.size() + 1)),
                      certificate);
  }
  out.certificate = request.file_stem() + ".pem";
  out.key = request.file_stem() + ".key";
  return out;
}

std::string key_text(const Request& request) {
  return agilevpn::to_text(request.login.certificate->key.to_pem().view());
}

}  // namespace agilevpn::profiles
