#include "profiles/name_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ranges>
#include <set>

namespace agilevpn::profiles {

namespace {

using Weight = Finding::Weight;

constexpr std::size_t common_name_max = 64;  // RFC 5280, appendix A.1: ub-common-name.
constexpr std::size_t dns_name_max = 253;    // RFC 1035 §2.3.4
constexpr std::size_t dns_label_max = 63;

struct CertificateNames {
  std::set<std::string> dns;  // Lower case.
  std::set<IpAddress> addresses;
  std::set<std::string> common;

  bool empty() const { return dns.empty() && addresses.empty(); }
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

CertificateNames names_of(const crypto::Certificate& certificate) {
  CertificateNames out;
  for (const auto& name : certificate.names()) {
    if (name.kind == crypto::CertificateName::Kind::Dns) out.dns.insert(lower(agilevpn::to_text(name.value)));
    if (name.kind != crypto::CertificateName::Kind::Ip) continue;
    if (const auto address = IpAddress::from_bytes(name.value)) out.addresses.insert(*address);
  }
  for (const std::string& name : certificate.subject_field("CN")) out.common.insert(lower(name));
  return out;
}

// Windows compares the text that was typed with the DNS names, everyone else the address with the addresses.
void check_address(const CertificateNames& names, const IpAddress& address, std::vector<Finding>& out) {
  const std::string text = address.to_string();
  if (!names.dns.contains(text) && !names.common.contains(text)) {
    out.push_back({"address-as-dns",
                   Weight::Breaks,
                   {System::Windows7, System::Windows},
                   fmt::format("the address {} is not among the DNS names, where Windows looks (error 13801)", text),
                   fmt::format("subjectAltName = IP:{0}, DNS:{0}", text)});
  }
  if (!names.addresses.contains(address)) {
    out.push_back({"address-as-ip",
                   Weight::Breaks,
                   {System::Apple, System::Android, System::StrongSwan},
                   fmt::format("the address {} is not among the IP addresses", text),
                   fmt::format("subjectAltName = IP:{0}, DNS:{0}", text)});
  }
}

bool covers(const std::set<std::string>& names, const std::string& name) {
  const std::size_t dot = name.find('.');
  return names.contains(name) || (dot != std::string::npos && names.contains("*" + name.substr(dot)));
}

void check_domain(const CertificateNames& names, const std::string& name, std::vector<Finding>& out) {
  if (covers(names.dns, name)) return;
  const std::string help = fmt::format("subjectAltName = DNS:{}", name);
  out.push_back({"name",
                 Weight::Breaks,
                 {System::Apple, System::Android, System::StrongSwan},
                 fmt::format("{} is not among its names", name),
                 help});
  if (names.common.contains(name)) return;  // Windows is content with that.
  out.push_back({"name",
                 Weight::Breaks,
                 {System::Windows7, System::Windows},
                 fmt::format("{} is neither among its names nor its CN (error 13801)", name),
                 help});
}

bool is_too_long(const std::string& name) {
  if (name.size() > dns_name_max) return true;
  return std::ranges::any_of(std::views::split(name, '.'),
                             [](const auto& label) { return std::ranges::size(label) > dns_label_max; });
}

void check_lengths(const CertificateNames& names, std::vector<Finding>& out) {
  const std::vector<System> everywhere(std::begin(all_systems), std::end(all_systems));
  for (const std::string& name : names.common) {
    if (name.size() > common_name_max) {
      out.push_back({"name-length", Weight::Breaks, everywhere,
                     fmt::format("a CN of {} characters; 64 are allowed (RFC 5280)", name.size()),
                     "shorten it: the long name belongs to subjectAltName"});
    }
  }
  for (const std::string& name : names.dns) {
    if (is_too_long(name))
      out.push_back({"name-length", Weight::Breaks, everywhere, "a DNS name longer than DNS allows",
                     "253 characters in all, 63 between two dots"});
  }
}

}  // namespace

void check_names(const crypto::Certificate& certificate, const std::optional<std::string>& dialled,
                 std::vector<Finding>& out) {
  const CertificateNames names = names_of(certificate);
  if (names.empty()) {
    out.push_back({"names",
                   Weight::Breaks,
                   {System::Apple, System::Android, System::StrongSwan},
                   "no DNS name and no address is among its subjectAltNames, and the CN alone is not looked at",
                   "subjectAltName = DNS:vpn.example.org"});
  }
  check_lengths(names, out);
  if (dialled) {
    const auto address = IpAddress::parse(*dialled);
    return address ? check_address(names, *address, out) : check_domain(names, lower(*dialled), out);
  }
  // Whatever looks like an address may be dialled.
  std::set<IpAddress> addresses = names.addresses;
  for (const std::string& name : names.dns) {
    if (const auto address = IpAddress::parse(name)) addresses.insert(*address);
  }
  for (const IpAddress& address : addresses) check_address(names, address, out);
}

}  // namespace agilevpn::profiles
