#include "control/config/credential_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "control/files/file.h"
#include "crypto/certificate_authority.h"
#include "ike/credentials.h"

namespace agilevpn::control::config {

namespace {

using crypto::Certificate;
using std::filesystem::path;

Error in_file(const path& file, const Error& error) {
  return {fmt::format("{}: {}", file.string(), error.what), error.help};
}

bool is_pem(ByteView content) { return to_text(content).find("-----BEGIN ") != std::string::npos; }

void sort_in(OwnCertificate& own, std::vector<Certificate> others) {
  for (Certificate& other : others) {
    auto& home = other.is_ca() && other.subject() == other.issuer() ? own.anchors : own.chain;
    home.push_back(std::move(other));
  }
}

Result<void, Error> check_pair(const path& file, const OwnCertificate& own) {
  if (own.certificate.public_key().spki() == own.key.public_key().spki()) return {};
  return Failure{Error{
      fmt::format("{}: the key does not belong to the certificate of {}", file.string(), own.certificate.subject()),
      "the file's first certificate must be your own"}};
}

Result<OwnCertificate, Error> from_pkcs12(const path& file, ByteView der, const Secret& password) {
  auto parsed = crypto::parse_pkcs12(der, password);
  if (!parsed) return Failure{in_file(file, parsed.error())};
  OwnCertificate own{std::move(parsed->certificate), std::move(parsed->key), {}, {}};
  sort_in(own, std::move(parsed->chain));
  return own;
}

Result<OwnCertificate, Error> from_pem(const path& file, const Secret& pem, const std::optional<path>& key_file,
                                       const Secret& password) {
  auto certificates = Certificate::from_pem(pem.view());
  if (!certificates) return Failure{in_file(file, certificates.error())};
  if (certificates->empty()) return Failure{Error{fmt::format("{}: no certificate in it", file.string()), ""}};
  Secret key_pem;
  if (key_file) {
    TRY_ASSIGN(key_pem, files::read_secret(*key_file));
  }
  auto key = crypto::PrivateKey::parse(key_file ? key_pem.view() : pem.view(), password);
  if (!key) return Failure{in_file(key_file.value_or(file), key.error())};
  OwnCertificate own{certificates->front(), *std::move(key), {}, {}};
  sort_in(own, {certificates->begin() + 1, certificates->end()});
  return own;
}

}  // namespace

ike::CertificateAuth OwnCertificate::auth(std::string key_name) const {
  std::vector<Certificate> all{certificate};
  std::ranges::copy(chain, std::back_inserter(all));
  return ike::certificate_auth(all, std::move(key_name));
}

Result<OwnCertificate, Error> load_own_certificate(const path& file, const std::optional<path>& key_file,
                                                   const Secret& password) {
  TRY_ASSIGN(const Secret content, files::read_secret(file));
  TRY_ASSIGN(OwnCertificate own, is_pem(content.view()) ? from_pem(file, content, key_file, password)
                                                        : from_pkcs12(file, content.view(), password));
  TRY(check_pair(file, own));
  return own;
}

Result<std::vector<Certificate>, Error> load_certificates(const path& file) {
  TRY_ASSIGN(const std::string content, files::read_text(file));
  if (is_pem(as_bytes(content))) {
    auto certificates = Certificate::from_pem(as_bytes(content));
    if (!certificates) return Failure{in_file(file, certificates.error())};
    return certificates;
  }
  auto certificate = Certificate::from_der(as_bytes(content));
  if (!certificate) return Failure{in_file(file, certificate.error())};
  return std::vector{*std::move(certificate)};
}

Result<std::vector<crypto::Crl>, Error> load_crls(const path& file) {
  TRY_ASSIGN(const std::string content, files::read_text(file));
  auto crls = crypto::Crl::parse(as_bytes(content));
  if (!crls) return Failure{in_file(file, crls.error())};
  return crls;
}

Result<Secret, Error> load_secret(const path& file) {
  TRY_ASSIGN(const Secret content, files::read_secret(file));
  ByteView text = content.view();
  while (!text.empty() && (text.back() == std::byte{'\n'} || text.back() == std::byte{'\r'}))
    text = text.first(text.size() - 1);
  if (text.empty()) return Failure{Error{fmt::format("{} is empty", file.string()), ""}};
  return Secret::copy_of(text);
}

}  // namespace agilevpn::control::config
