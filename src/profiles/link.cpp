#include "profiles/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view scheme = "agilevpn://";
constexpr std::size_t ca_size_max =
    700;  // Octets: with an ECDSA key it fits a QR code that a phone still reads; RSA does not.
constexpr std::array login_kinds = {std::pair{LoginKind::Password, std::string_view{"password"}},
                                    std::pair{LoginKind::Certificate, std::string_view{"certificate"}},
                                    std::pair{LoginKind::EapTls, std::string_view{"eap-tls"}},
                                    std::pair{LoginKind::Peap, std::string_view{"peap"}},
                                    std::pair{LoginKind::TtlsPap, std::string_view{"eap-ttls-pap"}},
                                    std::pair{LoginKind::TtlsMsChapV2, std::string_view{"eap-ttls-mschapv2"}},
                                    std::pair{LoginKind::Gtc, std::string_view{"eap-gtc"}}};

// Nothing for a broken percent sign.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto octet = from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) return std::nullopt;
    out += static_cast<char>(octet->front());
    i += 2;
  }
  return out;
}

bool take_parameter(Link& link, std::string_view key, const std::string& value) {
  if (key == "id") link.identity = value;
  if (key == "login-server") link.login_server = value;
  if (key == "eap-only") link.is_eap_only = value == "yes";
  if (key == "ca-sha256") link.ca_sha256 = value;
  if (key == "ca") {
    auto der = from_base64url(value);
    if (!der) return false;
    link.ca = *std::move(der);
  }
  if (key != "login") return true;
  const auto kind = parse_login_kind(value);
  if (kind) link.login = *kind;
  return kind.has_value();
}

std::optional<Link> parse(std::string_view text) {
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t query = text.find("/?");
  const std::string_view authority = text.substr(0, query);
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  Link link;
  const auto user = decoded(authority.substr(0, at)), gateway = decoded(authority.substr(at + 1));
  if (!user || !gateway || user->empty() || gateway->empty()) return std::nullopt;
  link.user = *user;
  link.gateway = *gateway;
  if (query == std::string_view::npos) return link;
  for (const auto part : std::views::split(text.substr(query + 2), '&')) {
    const std::string_view pair{part.begin(), part.end()};
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!value || !take_parameter(link, pair.substr(0, equals), *value)) return std::nullopt;
  }
  return link;
}

}  // namespace

Link link_of(const Request& request) {
  Link link{.gateway = request.gateway,
            .identity = {},
            .user = request.login.user,
            .login = request.login.kind,
            .login_server = request.login_server,
            .is_eap_only = request.proof == GatewayProof::None,
            .ca = {},
            .ca_sha256 = {}};
  if (request.identity != request.gateway) link.identity = request.identity;
  const auto root = std::ranges::find_if(request.authorities, is_root);
  if (root == request.authorities.end()) return link;
  Bytes der = root->der();
  if (der.size() <= ca_size_max) {
    link.ca = std::move(der);
  } else {
    link.ca_sha256 = to_hex(root->sha256_fingerprint());
  }
  return link;
}

std::string to_string(const Link& link) {
  std::string out = fmt::format("{}{}@{}/?login={}", scheme, url(link.user), url(link.gateway), to_string(link.login));
  if (!link.identity.empty()) out += "&id=" + url(link.identity);
  if (!link.login_server.empty()) out += "&login-server=" + url(link.login_server);
  if (link.is_eap_only) out += "&eap-only=yes";
  if (!link.ca.empty()) out += "&ca=" + base64url(link.ca);
  if (!link.ca_sha256.empty()) out += "&ca-sha256=" + link.ca_sha256;
  return out;
}

Result<Link, Error> parse_link(std::string_view text) {
  if (auto link = parse(text)) return *std::move(link);
  return Failure{
      Error{fmt::format("'{}' is no link to a gateway", text), "like agilevpn://anna@vpn.example.org/?login=password"}};
}

std::string_view to_string(LoginKind kind) {
  return std::ranges::find(login_kinds, kind, &decltype(login_kinds)::value_type::first)->second;
}

std::optional<LoginKind> parse_login_kind(std::string_view text) {
  const auto found = std::ranges::find(login_kinds, text, &decltype(login_kinds)::value_type::second);
  return found == login_kinds.end() ? std::nullopt : std::optional{found->first};
}

}  // namespace agilevpn::profiles
