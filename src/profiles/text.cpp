#include "profiles/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "crypto/hash.h"

namespace agilevpn::profiles {

namespace {

bool is_plain_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Each character of `special` becomes what `escape` makes of it.
template <class Escape>
std::string escaped(std::string_view text, std::string_view special, Escape escape) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += escape(c);
    }
  }
  return out;
}

std::string with_backslash(char c) { return std::string("\\") + c; }

// PowerShell takes these for a single quote as well: U+2018 to U+201B.
bool is_typographic_quote(std::string_view rest) {
  return rest.size() >= 3 && rest.starts_with("\xe2\x80") && rest[2] >= '\x98' && rest[2] <= '\x9b';
}

}  // namespace

std::string base64(ByteView octets) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (j < count ? std::to_integer<std::uint32_t>(octets[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? digits[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::string base64url(ByteView octets) {
  std::string out = base64(octets);
  out.erase(std::min(out.find('='), out.size()));
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

std::optional<Bytes> from_base64url(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes out;
  std::uint32_t bits = 0;
  unsigned count = 0;  // Of bits that wait.
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    if ((count += 6) < 8) continue;
    count -= 8;
    out.push_back(static_cast<std::byte>(bits >> count & 0xff));
  }
  return out;
}

std::string uuid(std::initializer_list<std::string_view> parts) {
  Bytes all;
  for (const std::string_view part : parts) {
    append(all, as_bytes(part));
    all.push_back(std::byte{0});
  }
  Bytes octets = crypto::hash(crypto::HashId::Sha2_256, {all});
  octets.resize(16);
  octets[6] = (octets[6] & std::byte{0x0f}) | std::byte{0x80};  // Version 8.
  octets[8] = (octets[8] & std::byte{0x3f}) | std::byte{0x80};  // The variant of RFC 9562.
  const std::string hex = to_hex(octets);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

std::string safe_file_name(std::string_view name) {
  constexpr std::size_t length_max = 64;
  std::string out;
  for (const char c : name.substr(0, length_max)) {
    const bool is_safe = is_plain_letter(c) || std::string_view("-_.@+").find(c) != std::string_view::npos;
    const bool climbs = c == '.' && (out.empty() || out.back() == '.');  // ".." and hidden files
    out += is_safe && !climbs && !(out.empty() && c == '-') ? c : '_';
  }
  if (out == name) return out;
  const Bytes whole = crypto::hash(crypto::HashId::Sha2_256, {as_bytes(name)});
  return out + "-" + to_hex(ByteView{whole}.first(4));
}

std::string html(std::string_view text) {
  return escaped(text, "&<>\"'", [](char c) { return fmt::format("&#{};", static_cast<int>(c)); });
}

std::string powershell(std::string_view text) {
  std::string out = "'";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_typographic_quote(text.substr(i))) {
      out.append(text.substr(i, 3)).append(text.substr(i, 3));
      i += 2;
    } else {
      out += text[i] == '\'' ? "''" : std::string(1, text[i]);
    }
  }
  return out + "'";
}

std::string swanctl(std::string_view text) { return '"' + escaped(text, "\"\\", with_backslash) + '"'; }
std::string toml(std::string_view text) { return '"' + escaped(text, "\"\\", with_backslash) + '"'; }

std::string keyfile(std::string_view text) {
  std::string out = escaped(text, "\\", with_backslash);
  return out.starts_with(' ') ? "\\s" + out.substr(1) : out;  // A space at the beginning would be lost.
}

std::string url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_unreserved = is_plain_letter(c) || std::string_view("-._~").find(c) != std::string_view::npos;
    out += is_unreserved ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string spaced_hex(ByteView octets) {
  std::string out;
  for (const std::byte octet : octets)
    out += (out.empty() ? "" : " ") + fmt::format("{:02x}", std::to_integer<int>(octet));
  return out;
}

std::string with_crlf(std::string_view text) {
  return escaped(text, "\n", [](char) { return std::string("\r\n"); });
}

std::string fill(std::string_view text, const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string out;
  while (true) {
    const std::size_t start = text.find("%%");
    out += text.substr(0, start);
    if (start == std::string_view::npos) return out;
    const std::size_t end = text.find("%%", start + 2);
    CHECK(end != std::string_view::npos);
    const auto found = std::ranges::find(values, text.substr(start + 2, end - start - 2),
                                         [](const auto& value) { return value.first; });
    CHECK(found != values.end());
    out += found->second;
    text.remove_prefix(end + 2);
  }
}

}  // namespace agilevpn::profiles
