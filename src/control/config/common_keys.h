// The keys that gateway.toml and client.toml share, in one place so that they mean the same in both.
#pragma once

#include <filesystem>

#include "control/config/host_options.h"
#include "control/config/section.h"
#include "crypto/certificate.h"
#include "crypto/mschap.h"
#include "eap/packet.h"
#include "ike/policy.h"
#include "ike/revocation.h"
#include "ike/settings.h"

namespace agilevpn::control::config {

// A relative path is beside the configuration file.
std::filesystem::path resolve(const std::filesystem::path& directory, std::string_view path);
void read_path(Section& section, std::string_view key, const std::filesystem::path& directory,
               std::filesystem::path& out);
void read_path(Section& section, std::string_view key, const std::filesystem::path& directory,
               std::optional<std::filesystem::path>& out);

// control, state-dir, save-keys
void read_host(Section& section, const std::filesystem::path& directory, HostOptions& out);
// policy, ike, esp
void read_policy(Section& section, ike::Policy& out);
// interface
void read_interface(Section& section, std::string& out);
// ike-rekey, child-rekey, liveness, nat-keepalive, mobility, native-esp, prohibit-nat, fragmentation, fragment-size, pfs,
// retransmit-first, retransmit-attempts
void read_settings(Section& section, ike::Settings& out);
// revocation; and what crl-required, its older name for "strict", left in `rules`.
ike::Revocation read_revocation(Section& section, crypto::CertificateRules& rules);
// issued-by, require, san, policy-oid, usage, crl-required
void read_rules(Section& section, const std::filesystem::path& directory, crypto::CertificateRules& out);
// Anchors and CRLs from every file under these keys; "system" stands for the CAs that the system trusts.
std::vector<crypto::Certificate> read_certificates(Section& section, std::string_view key,
                                                   const std::filesystem::path& directory);
std::vector<crypto::Crl> read_crls(Section& section, std::string_view key, const std::filesystem::path& directory);
// `key` itself, or a file under `key`-file; empty if neither is there. Both at once are a mistake.
Secret read_secret(Section& section, std::string_view key, const std::filesystem::path& directory);

// A private key is in `key_file`, or in `file` beside its certificate, which stands under the key `certificate`.
void note_key(Section& section, std::string_view certificate, const std::filesystem::path& file,
              const std::optional<std::filesystem::path>& key_file);

// EAP methods by name. Stays as it was if the key is not there.
void read_methods(Section& section, std::vector<eap::Type>& out);
// eap-only: whether a method alone may prove the gateway (RFC 5998). A mistake of the section where the methods do not.
bool read_eap_only(Section& section, bool do_methods_prove_gateway);
// What MSCHAPv2 needs of OpenSSL. Null, and a mistake of the section, where that is not installed.
std::shared_ptr<const crypto::MsChap> load_mschap(Section& section);

// A domain name or an address; else what is wrong with it.
Result<std::string, std::string> parse_host(std::string_view text);
// A network, or a host; else what is wrong with it.
Result<IpPrefix, std::string> parse_network(std::string_view text);
void read_prefixes(Section& section, std::string_view key, std::vector<IpPrefix>& out);
void read_addresses(Section& section, std::string_view key, std::vector<IpAddress>& out);

}  // namespace agilevpn::control::config
