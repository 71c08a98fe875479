#include "linux/token_uri.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include <cstdlib>

#include "base/bytes.h"
#include "base/check.h"

namespace agilevpn::linux {

namespace {

std::string text_or_empty(const char* text) { return text ? text : ""; }

// Padded with spaces (PKCS#11, CK_TOKEN_INFO); begins with a zero where the URI says nothing.
std::string token_label(p11_kit_uri* uri) {
  const CK_TOKEN_INFO* info = p11_kit_uri_get_token_info(uri);
  if (info->label[0] == 0) return {};
  return {reinterpret_cast<const char*>(info->label), p11_kit_space_strlen(info->label, sizeof info->label)};
}

std::string object_name(p11_kit_uri* uri) {
  const auto octets = [](const CK_ATTRIBUTE& attribute) {
    return ByteView{static_cast<const std::byte*>(attribute.pValue), attribute.ulValueLen};
  };
  if (const auto* label = p11_kit_uri_get_attribute(uri, CKA_LABEL)) return to_text(octets(*label));
  if (const auto* id = p11_kit_uri_get_attribute(uri, CKA_ID)) return to_hex(octets(*id));
  return {};
}

std::optional<std::filesystem::path> pin_file_of(p11_kit_uri* uri) {
  std::string source = text_or_empty(p11_kit_uri_get_pin_source(uri));
  for (const std::string_view scheme : {"file://", "file:"}) {
    if (source.starts_with(scheme)) source.erase(0, scheme.size());
  }
  if (!source.starts_with('/')) return std::nullopt;
  return source;
}

}  // namespace

Result<ParsedTokenUri, Error> parse_token_uri(const std::string& text) {
  const std::shared_ptr<p11_kit_uri> uri{p11_kit_uri_new(), &p11_kit_uri_free};
  CHECK(uri);
  const int outcome = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri.get());
  if (outcome != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(uri.get())) {
    return Failure{Error{"this PKCS#11 URI cannot be read", "write it like pkcs11:token=anna;object=vpn (RFC 7512)"}};
  }
  ParsedTokenUri parsed{.uri = {uri, token_label(uri.get()), object_name(uri.get()),
                                text_or_empty(p11_kit_uri_get_module_path(uri.get()))},
                        .pin = Secret(to_bytes(text_or_empty(p11_kit_uri_get_pin_value(uri.get())))),
                        .pin_file = pin_file_of(uri.get())};
  p11_kit_uri_set_pin_value(uri.get(), nullptr);
  p11_kit_uri_clear_attribute(uri.get(), CKA_CLASS);  // "type=cert": we ask for certificates and keys by turns.
  return parsed;
}

}  // namespace agilevpn::linux
