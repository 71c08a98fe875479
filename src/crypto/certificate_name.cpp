#include "crypto/certificate_name.h"

#include <fmt/format.h>

#include "crypto/distinguished_name.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

using Kind = CertificateName::Kind;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_text(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

// RFC 9525 §6.3: '*' stands for exactly one label, the leftmost. It needs two labels after it: nobody owns "*.org".
bool matches_dns(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return is_same_text(pattern, host);
  const std::string_view domain = pattern.substr(1);
  const std::size_t dot = host.find('.');
  if (dot == 0 || dot == std::string_view::npos || domain.find('.', 1) == std::string_view::npos) return false;
  return is_same_text(domain, host.substr(dot));
}

// RFC 5280 §7.5: the local part is compared exactly, the host part without regard to case.
bool matches_email(std::string_view a, std::string_view b) {
  const std::size_t at_a = a.rfind('@');
  const std::size_t at_b = b.rfind('@');
  if (at_a == std::string_view::npos || at_a != at_b) return false;
  return a.substr(0, at_a) == b.substr(0, at_b) && is_same_text(a.substr(at_a), b.substr(at_b));
}

std::string_view text_of(const Bytes& value) { return {reinterpret_cast<const char*>(value.data()), value.size()}; }

// A peer chose this text, and it goes to people's terminals.
std::string printable(std::string_view text) {
  std::string safe{text};
  std::ranges::replace_if(safe, [](char c) { return c < ' ' || c > '~'; }, '?');
  return safe;
}

Bytes octets_of(const ASN1_STRING* string) {
  const auto* data = ASN1_STRING_get0_data(string);
  return to_bytes(std::as_bytes(std::span{data, static_cast<std::size_t>(ASN1_STRING_length(string))}));
}

Result<OwnedGeneralName, Error> text_name(const CertificateName& name, int type) {
  const std::string_view text = text_of(name.value);
  if (text.empty() || printable(text) != text || text.find(' ') != std::string_view::npos) {
    return Failure{Error{fmt::format("'{}' cannot stand in a certificate", printable(text)),
                         "names are ASCII without spaces; write an international name as xn--..."}};
  }
  OwnedGeneralName general{GENERAL_NAME_new()};
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  CHECK(ASN1_STRING_set(value, text.data(), int_size(name.value)));
  GENERAL_NAME_set0_value(general.get(), type, value);
  return general;
}

Result<OwnedGeneralName, Error> ip_name(const CertificateName& name) {
  if (name.value.size() != 4 && name.value.size() != 16) {
    return Failure{Error{"an IP address in a certificate has 4 or 16 octets", ""}};
  }
  OwnedGeneralName general{GENERAL_NAME_new()};
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  CHECK(ASN1_OCTET_STRING_set(value, as_uchar(ByteView{name.value}), int_size(name.value)));
  GENERAL_NAME_set0_value(general.get(), GEN_IPADD, value);
  return general;
}

Result<OwnedGeneralName, Error> directory_name(const CertificateName& name) {
  OwnedName decoded = from_der<OwnedName>(name.value, d2i_X509_NAME);
  if (!decoded) return Failure{Error{"this is no DER distinguished name", ""}};
  OwnedGeneralName general{GENERAL_NAME_new()};
  GENERAL_NAME_set0_value(general.get(), GEN_DIRNAME, decoded.release());
  return general;
}

}  // namespace

std::string CertificateName::to_string() const {
  switch (kind) {
    case Kind::Dns:
    case Kind::Email: return printable(text_of(value));
    case Kind::Ip: {
      const auto address = IpAddress::from_bytes(value);
      return address ? address->to_string() : to_hex(value);
    }
    case Kind::Dn: {
      const ErrorScope errors;
      const auto name = from_der<OwnedName>(value, d2i_X509_NAME);
      return name ? crypto::to_string(name.get()) : to_hex(value);
    }
  }
  return {};
}

std::optional<CertificateName> certificate_name(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS: return CertificateName{Kind::Dns, octets_of(name->d.dNSName)};
    case GEN_EMAIL: return CertificateName{Kind::Email, octets_of(name->d.rfc822Name)};
    case GEN_IPADD: return CertificateName{Kind::Ip, octets_of(name->d.iPAddress)};
    case GEN_DIRNAME: return CertificateName{Kind::Dn, to_der(name->d.directoryName)};
    default: return std::nullopt;
  }
}

Result<OwnedGeneralName, Error> general_name(const CertificateName& name) {
  const ErrorScope errors;
  switch (name.kind) {
    case Kind::Dns: return text_name(name, GEN_DNS);
    case Kind::Email: return text_name(name, GEN_EMAIL);
    case Kind::Ip: return ip_name(name);
    case Kind::Dn: return directory_name(name);
  }
  return Failure{Error{"unknown kind of name", ""}};
}

bool vouches_for(const CertificateName& name, const CertificateName& identity) {
  if (name.kind != identity.kind) return false;
  switch (name.kind) {
    case Kind::Dns: return matches_dns(text_of(name.value), text_of(identity.value));
    case Kind::Email: return matches_email(text_of(name.value), text_of(identity.value));
    case Kind::Ip: return name.value == identity.value;
    case Kind::Dn: return is_same_name(name.value, identity.value);
  }
  return false;
}

}  // namespace agilevpn::crypto
