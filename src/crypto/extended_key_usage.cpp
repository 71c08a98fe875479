#include "crypto/extended_key_usage.h"

#include <algorithm>
#include <array>

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

}  // namespace

std::string usage_name(std::string_view dotted_or_name) {
  const auto found = std::ranges::find(usages, dotted_or_name, &Usage::oid);
  return std::string{found == usages.end() ? dotted_or_name : found->name};
}

std::string usage_oid(std::string_view dotted_or_name) {
  const auto found = std::ranges::find(usages, dotted_or_name, &Usage::name);
  return std::string{found == usages.end() ? dotted_or_name : found->oid};
}

}  // namespace agilevpn::crypto
