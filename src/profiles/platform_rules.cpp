#include "profiles/platform_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/certificate_details.h"
#include "profiles/chain_rules.h"
#include "profiles/name_rules.h"
#include "profiles/request.h"

namespace agilevpn::profiles {

namespace {

using crypto::Certificate;
using crypto::KeyType;
using Weight = Finding::Weight;

const std::vector<System> everywhere(std::begin(all_systems), std::end(all_systems));
const std::vector<System> windows_systems = {System::Windows7, System::Windows};
const std::vector<System> windows_and_apple = {System::Windows7, System::Windows, System::Apple};

constexpr unsigned rsa_bits_min = 2048;
constexpr std::chrono::days validity_max{825};         // Apple, iOS 13 and macOS 10.15 on.
constexpr std::chrono::days public_validity_max{398};  // The same, from CAs that come with the system.

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void check_usages(const Certificate& certificate, std::vector<Finding>& out) {
  const auto usages = certificate.extended_key_usages();
  if (!has(usages, "serverAuth")) {
    out.push_back({"server-auth", Weight::Breaks, windows_and_apple,
                   "the extended key usage serverAuth (1.3.6.1.5.5.7.3.1) is missing",
                   "issue it with extendedKeyUsage = serverAuth, 1.3.6.1.5.5.8.2.2"});
  }
  if (!has(usages, "iKEIntermediate")) {
    out.push_back(
        {"ike-intermediate",
         Weight::Advice,
         {System::Windows7, System::Apple},
         "the usage IKE intermediate (1.3.6.1.5.5.8.2.2) is missing, which old Macs look for and Windows 7 chooses by",
         "add 1.3.6.1.5.5.8.2.2 to extendedKeyUsage"});
  }
  const auto key_usages = crypto::key_usages(certificate);
  if (!key_usages.empty() && !has(key_usages, "digitalSignature")) {
    out.push_back({"key-usage", Weight::Breaks, everywhere,
                   "the key usage does not allow signatures, and IKE signs with it",
                   "issue it with keyUsage = critical, digitalSignature"});
  }
}

void check_ca_flag(const Certificate& certificate, std::vector<Finding>& out) {
  if (!certificate.is_ca()) return;
  out.push_back(
      {"ca-flag", Weight::Breaks, windows_and_apple, "it is a CA's certificate, not a gateway's",
       "issue one for the gateway with basicConstraints = critical, CA:FALSE, and keep the CA's key elsewhere"});
  out.push_back({"ca-flag",
                 Weight::Advice,
                 {System::Android, System::StrongSwan},
                 "it is a CA's certificate: whoever takes the gateway can issue others",
                 "issue one for the gateway with basicConstraints = critical, CA:FALSE"});
}

void check_key(const Certificate& certificate, std::vector<Finding>& out) {
  const KeyType type = certificate.public_key().type();
  const std::string help = "use RSA with 2048 or 3072 bits, or ECDSA P-256 or P-384";
  if (type == KeyType::Rsa && certificate.public_key().bits() < rsa_bits_min) {
    out.push_back({"key-size", Weight::Breaks, everywhere,
                   fmt::format("an RSA key of {} bits is too short", certificate.public_key().bits()), help});
  }
  if (type == KeyType::Ed25519 || type == KeyType::Ed448) {
    out.push_back({"key-type",
                   Weight::Breaks,
                   {System::Windows7, System::Windows, System::Apple, System::Android},
                   to_string(type) + " keys are not known",
                   help});
  }
  if (type == KeyType::EcdsaP521)
    out.push_back({"key-type", Weight::Breaks, windows_systems, "P-521 keys are refused", help});
  if (type == KeyType::Other)
    out.push_back({"key-type", Weight::Breaks, everywhere, "the key is of a kind that IKE does not use", help});
  if (type == KeyType::EcdsaP256 || type == KeyType::EcdsaP384) {
    out.push_back({"key-by-hand",
                   Weight::Advice,
                   {System::Apple, System::Android},
                   "an iPhone or an Android phone whose VPN is set up by hand takes RSA only",
                   "give it a profile (agilevpn profile), or use an RSA key"});
  }
}

void check_signature(const Certificate& certificate, std::vector<Finding>& out) {
  const std::string hash = crypto::signature_hash(certificate);
  if (hash != "SHA1" && hash != "MD5") return;
  out.push_back({"signature-hash", Weight::Breaks,
                 hash == "MD5" ? everywhere : std::vector{System::Windows, System::Apple, System::Android},
                 fmt::format("it is signed with {}", hash), "issue it with SHA-256: openssl x509 -req -sha256 ..."});
}

std::string day_text(WallTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

void check_validity(const GatewayChain& gateway, WallTime now, std::vector<Finding>& out) {
  const Certificate& own = gateway.chain.front();
  if (now < own.not_before()) {
    out.push_back({"validity", Weight::Breaks, everywhere, "it is not valid before " + day_text(own.not_before()),
                   "wait, or set the clocks"});
  }
  if (now > own.not_after())
    out.push_back(
        {"validity", Weight::Breaks, everywhere, "it is over since " + day_text(own.not_after()), "issue a new one"});
  const auto span = std::chrono::ceil<std::chrono::days>(own.not_after() - own.not_before());
  if (span > validity_max) {
    out.push_back({"validity-span",
                   Weight::Breaks,
                   {System::Apple},
                   fmt::format("it is valid for {} days, Apple takes 825 at most", span.count()),
                   "issue it for 825 days or less"});
  } else if (span > public_validity_max && gateway.anchors.empty()) {
    out.push_back({"validity-span",
                   Weight::Advice,
                   {System::Apple},
                   fmt::format("it is valid for {} days: from a CA that comes with the system, Apple takes 398 at most",
                               span.count()),
                   "nothing, if the CA is your own"});
  }
}

}  // namespace

std::string_view to_key(System system) {
  switch (system) {
    case System::Windows7: return "windows7";
    case System::Windows: return "windows";
    case System::Apple: return "apple";
    case System::Android: return "android";
    case System::StrongSwan: return "strongswan";
  }
  return "";
}

std::string_view to_name(System system) {
  switch (system) {
    case System::Windows7: return "Windows 7";
    case System::Windows: return "Windows 10/11";
    case System::Apple: return "macOS/iOS";
    case System::Android: return "Android";
    case System::StrongSwan: return "strongSwan";
  }
  return "";
}

std::vector<Finding> examine(const GatewayChain& gateway, const std::optional<std::string>& dialled, WallTime now) {
  const Certificate& own = gateway.chain.front();
  std::vector<Finding> findings;
  check_usages(own, findings);
  check_names(own, dialled, findings);
  check_key(own, findings);
  check_signature(own, findings);
  check_validity(gateway, now, findings);
  check_ca_flag(own, findings);
  check_chain(gateway, now, findings);
  return findings;
}

bool breaks(const std::vector<Finding>& findings, System system) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.weight == Weight::Breaks && std::ranges::find(finding.systems, system) != finding.systems.end();
  });
}

}  // namespace agilevpn::profiles
