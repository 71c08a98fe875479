#include "ike/wire/distinguished_name.h"

#include <openssl/bio.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

namespace agilevpn::ike::wire {

namespace {

using Name = std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// The parts between commas that no backslash stands before, without the backslashes.
std::vector<std::string> split_fields(std::string_view text) {
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size())
      fields.back() += text[++i];
    else if (text[i] == ',')
      fields.emplace_back();
    else if (text[i] != ' ' || !fields.back().empty())
      fields.back() += text[i];
  }
  return fields;
}

bool add_field(X509_NAME& name, const std::string& field) {
  const std::size_t equals = field.find('=');
  if (equals == std::string::npos) return false;
  const std::string value = field.substr(equals + 1);
  return X509_NAME_add_entry_by_txt(&name, field.substr(0, equals).c_str(), MBSTRING_UTF8, as_uchar(as_bytes(value)),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

}  // namespace

std::optional<Bytes> name_from_text(std::string_view text) {
  const Name name{X509_NAME_new(), X509_NAME_free};
  for (const std::string& field : split_fields(text))
    if (!add_field(*name, field)) return std::nullopt;
  const int size = i2d_X509_NAME(name.get(), nullptr);
  if (size < 0) return std::nullopt;
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = as_uchar(MutableByteView{der});
  i2d_X509_NAME(name.get(), &out);
  return der;
}

std::optional<std::string> name_to_text(ByteView der) {
  const unsigned char* in = as_uchar(der);
  const Name name{d2i_X509_NAME(nullptr, &in, static_cast<long>(der.size())), X509_NAME_free};
  if (!name || in != as_uchar(der) + der.size()) return std::nullopt;
  const Bio out{BIO_new(BIO_s_mem()), BIO_free};
  constexpr unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB)) |
                                  XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
  if (X509_NAME_print_ex(out.get(), name.get(), 0, flags) < 0) return std::nullopt;
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace agilevpn::ike::wire
