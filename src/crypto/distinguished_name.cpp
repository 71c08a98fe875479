#include "crypto/distinguished_name.h"

#include <fmt/format.h>

#include <ranges>

#include "crypto/certificate.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// At commas, except those behind a backslash.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;  // Whatever comes, it is no separator.
      continue;
    }
    if (text[i] != ',') continue;
    parts.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain.push_back(text[i]);
  }
  return plain;
}

Result<void, Error> add_field(X509_NAME* name, std::string_view part) {
  const std::size_t equals = part.find('=');
  const std::string field{equals == std::string_view::npos ? "CN" : trimmed(part.substr(0, equals))};
  const std::string value = unescaped(trimmed(equals == std::string_view::npos ? part : part.substr(equals + 1)));
  if (X509_NAME_add_entry_by_txt(name, field.c_str(), MBSTRING_UTF8, as_uchar(as_bytes(value)),
                                 int_size(as_bytes(value)), -1, 0)) {
    return {};
  }
  return Failure{Error{fmt::format("'{}' cannot stand in a certificate's name", trimmed(part)),
                       "write it like: CN=anna, O=Example; a CN has at most 64 characters, a C has two letters"}};
}

std::string utf8(const ASN1_STRING* value) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  if (size < 0) return {};
  const auto free = [](unsigned char* memory) { OPENSSL_free(memory); };
  const std::unique_ptr<unsigned char, decltype(free)> owner{text, free};
  return {text, text + size};
}

OwnedName decode(ByteView der) { return from_der<OwnedName>(der, d2i_X509_NAME); }

}  // namespace

Result<OwnedName, Error> parse_name(std::string_view text) {
  const ErrorScope errors;
  OwnedName name{X509_NAME_new()};
  // The encoding begins with the widest field.
  for (const std::string_view part : split(text) | std::views::reverse) TRY(add_field(name.get(), part));
  return name;
}

Result<Bytes, Error> distinguished_name(std::string_view text) {
  TRY_ASSIGN(const OwnedName name, parse_name(text));
  return to_der(name.get());
}

std::string to_string(const X509_NAME* name) {
  constexpr unsigned long flags = XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_2253 |
                                  ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT;
  const OwnedBio out{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(out.get(), name, 0, flags);
  return to_text(written_to(out.get()));
}

Bytes to_der(const X509_NAME* name) { return to_der(name, i2d_X509_NAME); }

std::vector<std::string> field_of(const X509_NAME* name, std::string_view field) {
  const int nid = OBJ_txt2nid(std::string{field}.c_str());
  std::vector<std::string> values;
  if (nid == NID_undef) return values;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(name, nid, i)) >= 0;) {
    values.push_back(utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))));
  }
  return values;
}

bool is_same_name(ByteView a, ByteView b) {
  const ErrorScope errors;
  const OwnedName left = decode(a);
  const OwnedName right = decode(b);
  return left && right && X509_NAME_cmp(left.get(), right.get()) == 0;
}

}  // namespace agilevpn::crypto
