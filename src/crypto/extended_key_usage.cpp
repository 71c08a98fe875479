#include "crypto/extended_key_usage.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "crypto/certificate.h"
#include "crypto/openssl.h"

namespace agilevpn::crypto {

namespace {

struct Usage {
  std::string_view name;
  std::string_view oid;
};

constexpr std::array usages = {
    Usage{"serverAuth", "1.3.6.1.5.5.7.3.1"},      Usage{"clientAuth", "1.3.6.1.5.5.7.3.2"},
    Usage{"ipsecIKE", "1.3.6.1.5.5.7.3.17"},        // RFC 4945 §5.1.3.12
    Usage{"iKEIntermediate", "1.3.6.1.5.5.8.2.2"},  // What Windows 7 and macOS look for in a gateway.
    Usage{"anyExtendedKeyUsage", "2.5.29.37.0"},
};

bool is_same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](unsigned char c) { return std::tolower(c); }, [](unsigned char c) { return std::tolower(c); });
}

}  // namespace

std::string usage_name(std::string_view dotted_or_name) {
  const auto found = std::ranges::find(usages, dotted_or_name, &Usage::oid);
  return std::string{found == usages.end() ? dotted_or_name : found->name};
}

std::string usage_oid(std::string_view dotted_or_name) {
  const auto found = std::ranges::find(usages, dotted_or_name, &Usage::name);
  return std::string{found == usages.end() ? dotted_or_name : found->oid};
}

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

bool is_object_identifier(std::string_view text) {
  const ErrorScope errors;
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object{OBJ_txt2obj(std::string{text}.c_str(), 1)};
  return object != nullptr;
}

std::optional<std::string> parse_extended_key_usage(std::string_view text) {
  constexpr std::string_view registered = "id-kp-";  // RFC 5280 §4.2.1.12 writes "id-kp-serverAuth".
  const std::string_view word = text.starts_with(registered) ? text.substr(registered.size()) : text;
  for (const Usage& usage : usages)
    if (is_same_word(word, usage.name)) return std::string{usage.name};
  if (is_object_identifier(text)) return usage_name(text);
  return std::nullopt;
}

}  // namespace agilevpn::crypto
