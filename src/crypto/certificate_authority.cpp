#include "crypto/certificate_authority.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include "crypto/certificate_builder.h"
#include "crypto/native.h"

namespace agilevpn::crypto {

namespace {

bool is_dns_name(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, is_allowed);
}

// RFC 5280 §4.2.1.10.
Result<void, Error> add_name_constraints(CertificateBuilder& builder, const std::vector<std::string>& permitted_dns) {
  if (permitted_dns.empty()) return {};
  std::string value = "critical";
  for (const std::string& name : permitted_dns) {
    if (!is_dns_name(name)) return Failure{Error{fmt::format("'{}' is no DNS name", name), "like: example.org"}};
    value += ",permitted;DNS:" + name;
  }
  builder.add(NID_name_constraints, value);
  return {};
}

void add_ca_extensions(CertificateBuilder& builder, int path_length) {
  builder.add(NID_basic_constraints,
              path_length < 0 ? "critical,CA:TRUE" : fmt::format("critical,CA:TRUE,pathlen:{}", path_length));
  builder.add(NID_key_usage, "critical,keyCertSign,cRLSign");
}

std::vector<std::string> usages_of(const CertificateRequest& request) {
  if (!request.extended_key_usages.empty()) return request.extended_key_usages;
  if (request.profile == CertificateRequest::Profile::Client) return {"clientAuth"};
  return {"serverAuth", "iKEIntermediate"};
}

}  // namespace

CertificateAuthority CertificateAuthority::create(const std::string& subject, KeyType type, WallTime not_before,
                                                  WallTime not_after) {
  PrivateKey key = PrivateKey::generate(type);
  auto builder = CertificateBuilder::start(nullptr, {subject, not_before, not_after}, key.public_key());
  CHECK(builder);
  add_ca_extensions(*builder, -1);
  Certificate certificate = std::move(*builder).sign(key);
  return {std::move(certificate), std::move(key)};
}

Result<CertificateAuthority, Error> CertificateAuthority::load(ByteView certificate_pem, ByteView key_pem,
                                                               const Secret& password) {
  TRY_ASSIGN(auto certificates, Certificate::from_pem(certificate_pem));
  TRY_ASSIGN(PrivateKey key, PrivateKey::parse(key_pem, password));
  Certificate& certificate = certificates.front();
  if (!certificate.is_ca()) {
    return Failure{Error{fmt::format("the certificate {} is no CA's", certificate.subject()), ""}};
  }
  if (certificate.public_key() != key.public_key()) {
    return Failure{Error{fmt::format("the private key does not belong to {}", certificate.subject()), ""}};
  }
  return CertificateAuthority{std::move(certificate), std::move(key)};
}

Result<Certificate, Error> CertificateAuthority::issue(const CertificateRequest& request, const PublicKey& key) const {
  const CertificateTerms terms{request.subject, request.not_before, request.not_after};
  TRY_ASSIGN(auto builder, CertificateBuilder::start(&certificate_, terms, key));
  builder.add(NID_basic_constraints, "critical,CA:FALSE");
  builder.add(NID_key_usage, "critical,digitalSignature");
  TRY(builder.add_extended_key_usages(usages_of(request)));
  TRY(builder.add_names(request.names));
  TRY(builder.add_policies(request.policies));
  return std::move(builder).sign(key_);
}

Result<CertificateAuthority, Error> CertificateAuthority::issue_ca(
    const std::string& subject, KeyType type, WallTime not_before, WallTime not_after, int path_length,
    const std::vector<std::string>& permitted_dns) const {
  PrivateKey key = PrivateKey::generate(type);
  TRY_ASSIGN(auto builder,
             CertificateBuilder::start(&certificate_, {subject, not_before, not_after}, key.public_key()));
  add_ca_extensions(builder, path_length);
  TRY(add_name_constraints(builder, permitted_dns));
  Certificate certificate = std::move(builder).sign(key_);
  return CertificateAuthority{std::move(certificate), std::move(key)};
}

}  // namespace agilevpn::crypto
