#include "control/files/pki_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "control/files/file.h"

namespace agilevpn::control::files {

namespace {

using crypto::Certificate;
using crypto::CertificateName;
using crypto::PrivateKey;
using nlohmann::json;
using std::filesystem::path;

path key_file(const path& directory) { return directory / "ca.key"; }
path index_file(const path& directory) { return directory / "index.json"; }

std::int64_t to_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
WallTime from_seconds(std::int64_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

json to_json(const IssuedCertificate& entry) {
  return {{"name", entry.name},
          {"serial", entry.serial},
          {"subject", entry.subject},
          {"gateway", entry.is_gateway},
          {"not_after", to_seconds(entry.not_after)},
          {"revoked", entry.revoked ? json(to_seconds(*entry.revoked)) : json(nullptr)}};
}

IssuedCertificate from_json(const json& entry) {
  const json& revoked = entry.at("revoked");
  return {entry.at("name"),
          entry.at("serial"),
          entry.at("subject"),
          entry.at("gateway"),
          from_seconds(entry.at("not_after")),
          revoked.is_null() ? std::nullopt : std::optional{from_seconds(revoked.get<std::int64_t>())}};
}

Result<std::vector<IssuedCertificate>, Error> read_index(const path& file) {
  TRY_ASSIGN(const bool is_there, has(file));
  if (!is_there) return std::vector<IssuedCertificate>{};
  TRY_ASSIGN(const std::string text, read_text(file));
  try {
    std::vector<IssuedCertificate> entries;
    for (const json& entry : json::parse(text)) entries.push_back(from_json(entry));
    return entries;
  } catch (const json::exception& broken) {
    return Failure{Error{fmt::format("{} is damaged: {}", file.string(), broken.what()), ""}};
  }
}

// What a certificate vouches for under this text. Windows looks for a gateway's address among the DNS names (its error
// 13801), everyone else among the addresses: an address stands in both.
void add_names(std::vector<CertificateName>& names, const std::string& text) {
  if (const auto address = IpAddress::parse(text)) {
    names.push_back({CertificateName::Kind::Ip, to_bytes(address->bytes())});
    names.push_back({CertificateName::Kind::Dns, to_bytes(text)});
  } else {
    const bool is_email = text.find('@') != std::string::npos;
    names.push_back({is_email ? CertificateName::Kind::Email : CertificateName::Kind::Dns, to_bytes(text)});
  }
}

// A name becomes a file's name, and must not lead out of the store.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_.@:+").find(c) != std::string_view::npos;
  });
}

crypto::CertificateRequest to_certificate_request(const IssueRequest& request, WallTime now) {
  crypto::CertificateRequest out;
  out.profile =
      request.is_gateway ? crypto::CertificateRequest::Profile::Gateway : crypto::CertificateRequest::Profile::Client;
  out.subject = request.subject.empty() ? "CN=" + request.name : request.subject;
  add_names(out.names, request.name);
  for (const std::string& name : request.names) add_names(out.names, name);
  out.not_before = now - std::chrono::hours{24};  // For clients whose clock is behind.
  out.not_after = now + request.validity;
  return out;
}

Result<void, Error> write_files(const path& directory, const IssueRequest& request, const PrivateKey& key,
                                const Certificate& certificate, const Certificate& ca) {
  const auto file = [&](std::string_view suffix) { return PkiStore::issued_file(directory, request.name, suffix); };
  const Secret key_pem = key.to_pem();
  TRY(write(file(".key"), key_pem.view(), Readers::OwnerOnly));
  TRY(write(file(".pem"), as_bytes(certificate.to_pem()), Readers::Everyone));
  if (request.is_gateway) return {};
  TRY_ASSIGN(const Secret p12,
             crypto::make_pkcs12(key, certificate, {ca}, request.password, request.name, request.is_compatible));
  return write(file(".p12"), p12.view(), Readers::OwnerOnly);
}

}  // namespace

Result<PkiStore, Error> PkiStore::init(path directory, const std::string& subject, crypto::KeyType key, WallTime now) {
  TRY_ASSIGN(const bool is_there, has(ca_file(directory)));
  if (is_there) {
    return Failure{Error{fmt::format("there is a CA in {}", directory.string()), "see it with: agilevpn pki show"}};
  }
  TRY(crypto::distinguished_name(subject));
  PkiStore store(directory,
                 crypto::CertificateAuthority::create(subject, key, now - std::chrono::hours{24}, now + ca_validity));
  const Secret key_pem = store.ca_.key().to_pem();
  TRY(write(key_file(directory), key_pem.view(), Readers::OwnerOnly));
  TRY(store.write_index());
  TRY(store.write_crl(now));
  TRY(write(ca_file(directory), as_bytes(store.ca().to_pem()), Readers::Everyone));
  return store;
}

Result<PkiStore, Error> PkiStore::open(path directory) {
  TRY_ASSIGN(const bool is_there, has(ca_file(directory)));
  if (!is_there) {
    return Failure{Error{fmt::format("there is no CA in {}", directory.string()), "make one: agilevpn pki init"}};
  }
  TRY_ASSIGN(const std::string certificate, read_text(ca_file(directory)));
  TRY_ASSIGN(const Secret key, read_secret(key_file(directory)));
  TRY_ASSIGN(auto ca, crypto::CertificateAuthority::load(as_bytes(certificate), key.view()));
  PkiStore store(directory, std::move(ca));
  TRY_ASSIGN(store.issued_, read_index(index_file(directory)));
  return store;
}

Result<Certificate, Error> PkiStore::issue(const IssueRequest& request, WallTime now) {
  if (!is_plain(request.name)) {
    return Failure{
        Error{fmt::format("'{}' cannot be a certificate's name", request.name), "letters, digits and -_.@:+"}};
  }
  if (const auto* earlier = find(request.name); earlier && !earlier->revoked && earlier->not_after > now) {
    return Failure{Error{fmt::format("{} has a certificate already, serial number {}", request.name, earlier->serial),
                         fmt::format("revoke it first: agilevpn pki revoke {}", request.name)}};
  }
  return make(request, to_certificate_request(request, now));
}

Result<Certificate, Error> PkiStore::renew(IssueRequest terms, WallTime now) {
  const auto* last = find(terms.name);
  if (!last)
    return Failure{Error{fmt::format("no certificate was issued to '{}'", terms.name),
                         fmt::format("issue one: agilevpn pki issue {}", terms.name)}};
  if (last->revoked)
    return Failure{Error{fmt::format("the certificate of {} is revoked", last->name),
                         fmt::format("issue a new one: agilevpn pki issue {}", last->name)}};
  terms.name = last->name;
  terms.is_gateway = last->is_gateway;
  TRY_ASSIGN(const std::string pem, read_text(issued_file(directory_, terms.name, ".pem")));
  TRY_ASSIGN(const auto before, Certificate::from_pem(as_bytes(pem)));
  const Certificate& model = before.front();
  terms.key = model.public_key().type();
  terms.rsa_bits = model.public_key().bits();
  crypto::CertificateRequest content = to_certificate_request(terms, now);
  content.subject = model.subject();
  content.names = model.names();
  std::erase_if(content.names, [](const CertificateName& name) { return name.kind == CertificateName::Kind::Dn; });
  content.extended_key_usages = model.extended_key_usages();
  return make(terms, content);
}

Result<Certificate, Error> PkiStore::make(const IssueRequest& request, const crypto::CertificateRequest& content) {
  const PrivateKey key = PrivateKey::generate(request.key, request.rsa_bits);
  TRY_ASSIGN(Certificate certificate, ca_.issue(content, key.public_key()));
  issued_.push_back(
      {request.name, certificate.serial(), certificate.subject(), request.is_gateway, certificate.not_after(), {}});
  // The index first: a certificate that nobody knows of could never be revoked.
  TRY(write_index());
  TRY(write_files(directory_, request, key, certificate, ca()));
  return certificate;
}

Result<void, Error> PkiStore::revoke(std::string_view name, WallTime now) {
  const IssuedCertificate* found = find(name);
  if (!found) return Failure{Error{fmt::format("no certificate was issued to '{}'", name), "see: agilevpn pki list"}};
  if (found->revoked) return Failure{Error{fmt::format("the certificate of {} is revoked already", found->name), ""}};
  for (IssuedCertificate& entry : issued_)
    if (!entry.revoked && (entry.name == name || entry.serial == name)) entry.revoked = now;
  TRY(write_index());
  return write_crl(now);
}

const IssuedCertificate* PkiStore::find(std::string_view name_or_serial) const {
  // The newest of a name: the older ones are revoked, over or renewed.
  const auto place = std::find_if(issued_.rbegin(), issued_.rend(), [&](const IssuedCertificate& entry) {
    return entry.name == name_or_serial || entry.serial == name_or_serial;
  });
  return place == issued_.rend() ? nullptr : &*place;
}

Result<void, Error> PkiStore::write_index() const {
  json entries = json::array();
  for (const IssuedCertificate& entry : issued_) entries.push_back(to_json(entry));
  return write(index_file(directory_), as_bytes(entries.dump(2) + "\n"), Readers::OwnerOnly);
}

Result<void, Error> PkiStore::write_crl(WallTime now) const {
  std::vector<crypto::CertificateAuthority::Revoked> revoked;
  for (const IssuedCertificate& entry : issued_) {
    if (entry.revoked) revoked.push_back({entry.serial, *entry.revoked});
  }
  TRY_ASSIGN(const std::string crl, ca_.issue_crl(revoked, now, now + crl_validity));
  return write(crl_file(directory_), as_bytes(crl), Readers::Everyone);
}

Secret make_password(ByteView randomness) {
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
  CHECK(randomness.size() == 10);
  Secret password;
  Bytes text;
  unsigned bits = 0, held = 0;
  for (const std::byte octet : randomness) {
    bits = (bits << 8 | std::to_integer<unsigned>(octet)) & 0xffff;
    for (held += 8; held >= 5; held -= 5) {
      if (text.size() % 5 == 4) text.push_back(std::byte{'-'});
      text.push_back(static_cast<std::byte>(letters[bits >> (held - 5) & 31]));
    }
  }
  return Secret(std::move(text));
}

}  // namespace agilevpn::control::files
