#include "control/config/gateway_certificate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "control/config/common_keys.h"
#include "control/config/credential_files.h"
#include "control/files/pki_store.h"
#include "ike/credentials.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

class GatewayCertificateReader {
 public:
  GatewayCertificateReader(Section& top, const path& directory, const path& pki, const std::string& name)
      : top_(top), directory_(directory), pki_(pki), name_(name) {}

  GatewayCertificate read() {
    if (auto section = top_.section("certificate")) read(*section);
    check_name();
    return std::move(found_);
  }

 private:
  void read(Section& section);
  void use_own_ca(Section& section);
  void use_certificate(Section& section, std::string_view key, const path& file, const std::optional<path>& key_file,
                       const Secret& password);
  void use_token(Section& section);
  void use_token_key(Section& section, const path& file);
  void check_name();

  Section& top_;
  const path& directory_;
  const path& pki_;
  const std::string& name_;
  GatewayCertificate found_;
};

void GatewayCertificateReader::read(Section& section) {
  if (names_token(section, "file")) return use_token(section);
  bool own_ca = false;
  std::optional<path> file, key;
  section.read("own-ca", own_ca);
  read_path(section, "file", directory_, file);
  if (file && names_token(section, "key")) return use_token_key(section, *file);
  read_path(section, "key", directory_, key);
  const Secret password = read_secret(section, "password", directory_);
  section.finish();

  if (own_ca && file) section.wrong("own-ca", "there is 'file' too; keep one of them");
  if (file) return use_certificate(section, "file", *file, key, password);
  if (!own_ca && section.is_misread()) return;
  if (!own_ca) return section.wrong("file", "neither 'file' nor 'own-ca = true' is there");
  use_own_ca(section);
}

void GatewayCertificateReader::use_own_ca(Section& section) {
  found_.files.insert(found_.files.end(), {files::PkiStore::ca_file(pki_), files::PkiStore::crl_file(pki_)});
  if (auto ca = load_certificates(files::PkiStore::ca_file(pki_))) {
    std::ranges::move(*ca, std::back_inserter(found_.own_ca.anchors));
  } else {
    const std::string help =
        ca.error().help.empty() ? fmt::format("make it: agilevpn setup {}", name_) : ca.error().help;
    return section.wrong("own-ca", ca.error().what, help);
  }
  if (auto crls = load_crls(files::PkiStore::crl_file(pki_)))
    std::ranges::move(*crls, std::back_inserter(found_.own_ca.crls));
  use_certificate(section, "own-ca", files::PkiStore::issued_file(pki_, name_, ".pem"),
                  files::PkiStore::issued_file(pki_, name_, ".key"), {});
}

void GatewayCertificateReader::use_certificate(Section& section, std::string_view key, const path& file,
                                               const std::optional<path>& key_file, const Secret& password) {
  found_.files.push_back(file);
  if (key_file) found_.files.push_back(*key_file);
  note_key(section, key, file, key_file);
  auto own = load_own_certificate(file, key_file, password);
  if (!own) return section.wrong(key, own.error().what, own.error().help);
  if (!crypto::fits_purpose(own->certificate, crypto::CertificateRules::Purpose::Gateway))
    return section.wrong(
        key, own->certificate.subject() + " is a client's certificate, and no client would take it for a gateway's",
        fmt::format("agilevpn pki issue {} --gateway", name_));
  found_.auth = own->auth("gateway");
  found_.keys.emplace("gateway", std::move(own->key));
}

// Certificate and key are on a token.
void GatewayCertificateReader::use_token(Section& section) {
  auto key = read_token_key(section, "file", directory_);
  section.finish();
  if (!key) return;
  auto found = linux::Tokens{}.certificate(key->uri, key->pin);
  if (!found) return section.wrong("file", found.error().error.what, found.error().error.help);
  auto own = token_credentials(*std::move(key), *found, "gateway");
  found_.auth = std::move(own.auth);
  found_.token = std::move(own.login);
}

void GatewayCertificateReader::use_token_key(Section& section, const path& file) {
  auto key = read_token_key(section, "key", directory_);
  section.finish();
  if (!key) return;
  found_.files.push_back(file);
  auto own = load_token_credentials(file, *std::move(key), "gateway");
  if (!own) return section.wrong("file", own.error().what, own.error().help);
  found_.auth = std::move(own->auth);
  found_.token = std::move(own->login);
}

// Clients compare the name that they were given with the certificate's; one that was told another may be content.
void GatewayCertificateReader::check_name() {
  if (!found_.auth) return;
  const auto leaf = crypto::Certificate::from_der(found_.auth->chain.front());
  const auto name = ike::certificate_name(ike::wire::Identity::parse(name_));
  if (!leaf || !name || crypto::carries_name(*leaf, *name)) return;
  std::vector<std::string> names;
  for (const crypto::CertificateName& one : leaf->names()) names.push_back(one.to_string());
  top_.warn("name",
            fmt::format("the certificate is not for {} but for {}: clients refuse it, Windows with error 13801", name_,
                        fmt::join(names, ", ")),
            fmt::format("take the certificate's name, or issue another one: agilevpn pki issue {} --gateway", name_));
}

}  // namespace

GatewayCertificate read_gateway_certificate(Section& top, const path& directory, const path& pki,
                                            const std::string& name) {
  return GatewayCertificateReader(top, directory, pki, name).read();
}

}  // namespace agilevpn::control::config
