#include "control/config/common_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/host_name.h"
#include "control/config/credential_files.h"
#include "control/config/system_store.h"
#include "ike/limits.h"
#include "ike/typed_proposal.h"

namespace agilevpn::control::config {

namespace {

using std::filesystem::path;

constexpr std::string_view system_store = "system";

Result<std::vector<crypto::Certificate>, Error> load_anchors(const path& file) {
  return file == system_store ? load_system_certificates() : load_certificates(file);
}

// What is done again and again: oftener than once a second would be a storm.
void read_interval(Section& section, std::string_view key, Duration& out) {
  const auto parse = [](std::string_view text) {
    const auto value = parse_duration(text);
    return value == Duration{} || value >= 1s ? value : std::nullopt;
  };
  section.read<Duration>(key, out, parse, "a duration of a second or more such as 30m, 8h or never");
}

// Typed proposals under `key` replace those of the policy.
template <class Parse>
void read_proposals(Section& section, std::string_view key, const Parse& parse, std::vector<ike::wire::Proposal>& out,
                    std::vector<std::string>& names) {
  std::vector<std::string> texts;
  section.read(key, texts);
  if (!texts.empty()) out.clear();
  for (const std::string& text : texts) {
    auto proposal = parse(text);
    if (!proposal) {
      section.wrong(key, proposal.error().what, proposal.error().help);
      continue;
    }
    proposal->number = static_cast<std::uint8_t>(out.size() + 1);
    out.push_back(*std::move(proposal));
    names.push_back(text);
  }
}

// Loads every file under `key`; each failure is a mistake there.
template <class T>
std::vector<T> read_files(Section& section, std::string_view key, const path& directory,
                          Result<std::vector<T>, Error> (*load)(const path&)) {
  std::vector<std::string> names;
  section.read(key, names);
  std::vector<T> out;
  for (const std::string& name : names) {
    auto loaded = load(name == system_store ? path(name) : resolve(directory, name));
    if (!loaded) {
      section.wrong(key, loaded.error().what, loaded.error().help);
      continue;
    }
    std::ranges::move(*loaded, std::back_inserter(out));
  }
  return out;
}

// "a" of "a:500", "2001:db8::1" of "[2001:db8::1]:500"; empty if there is no port.
std::string_view host_before_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find_first_not_of("0123456789", colon + 1) != std::string_view::npos)
    return {};
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return is_host(host) ? host : std::string_view{};
}

}  // namespace

void note_key(Section& section, std::string_view certificate, const path& file, const std::optional<path>& key_file) {
  if (key_file) return section.note_secret("key", *key_file);
  if (file.extension() != ".p12" && file.extension() != ".pfx")
    section.note_secret(certificate, file);  // Those have a password.
}

path resolve(const path& directory, std::string_view name) { return (directory / name).lexically_normal(); }

void read_path(Section& section, std::string_view key, const path& directory, path& out) {
  std::string text;
  section.read(key, text);
  if (!text.empty()) out = resolve(directory, text);
}

void read_path(Section& section, std::string_view key, const path& directory, std::optional<path>& out) {
  path found;
  read_path(section, key, directory, found);
  if (!found.empty()) out = std::move(found);
}

void read_host(Section& section, const path& directory, HostOptions& out) {
  read_path(section, "state-dir", directory, out.state_directory);
  read_path(section, "control", directory, out.socket);
  read_path(section, "save-keys", directory, out.save_keys);
}

void read_policy(Section& section, ike::Policy& out) {
  std::string name;
  section.read("policy", name);
  if (!name.empty()) {
    if (auto found = ike::find_policy(name)) {
      out = *std::move(found);
    } else {
      section.wrong("policy", found.error().what, found.error().help);
    }
  }
  std::vector<std::string> typed;
  read_proposals(section, "ike", ike::parse_ike_proposal, out.ike, typed);
  const auto parse_esp = [&](std::string_view text) {
    return out.ike.empty() ? ike::parse_esp_proposal(text)
                           : ike::parse_esp_proposal(text, out.ike);  // Empty: it has its own mistakes.
  };
  read_proposals(section, "esp", parse_esp, out.esp, typed);
  if (!typed.empty()) out.name = fmt::format("{}", fmt::join(typed, ", "));
}

void read_interface(Section& section, std::string& out) {
  const auto is_name = [](std::string_view text) -> std::optional<std::string> {
    const bool has_odd =
        std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == '/' || c == ':' || c > '~'; });
    return text.empty() || text.size() > 15 || has_odd ? std::nullopt : std::optional{std::string{text}};
  };
  section.read<std::string>("interface", out, is_name, "the name of an adapter: up to 15 characters such as vpn0");
}

void read_settings(Section& section, ike::Settings& out) {
  read_interval(section, "ike-rekey", out.ike_rekey);
  read_interval(section, "child-rekey", out.child_rekey);
  read_interval(section, "child-lifetime", out.child_lifetime);
  read_interval(section, "liveness", out.liveness_interval);
  read_interval(section, "nat-keepalive", out.nat_keepalive);
  section.read("mobility", out.mobike);
  section.read("prohibit-nat", out.prohibit_nat);
  section.read("fragmentation", out.fragmentation);
  section.read("pfs", out.pfs);
  section.read("retransmit-first", out.retransmit_first, 10ms);

  bool native_esp = !out.always_udp_encapsulation;
  section.read("native-esp", native_esp);
  out.always_udp_encapsulation = !native_esp;

  std::uint64_t attempts = static_cast<std::uint64_t>(out.retransmit_attempts), size = out.fragment_size;
  section.read("retransmit-attempts", attempts, 1, 20);
  out.retransmit_attempts = static_cast<int>(attempts);
  section.read("fragment-size", size, 576, 65535);
  out.fragment_size = static_cast<std::size_t>(size);

  constexpr std::uint64_t megabyte = 1'000'000, most = 1'000'000'000;  // A petabyte.
  std::uint64_t megabytes = out.child_rekey_bytes / megabyte;
  section.read("child-rekey-megabytes", megabytes, 0, most);
  out.child_rekey_bytes = megabytes * megabyte;
}

void read_rules(Section& section, const path& directory, crypto::CertificateRules& out) {
  for (const auto& ca : read_certificates(section, "issued-by", directory))
    out.issued_by.push_back(ca.sha256_fingerprint());
  if (auto fields = section.section("require")) {
    for (const Entry* entry : fields->entries()) {
      std::string value;
      fields->read(entry->key, value);
      if (!crypto::is_subject_field(entry->key))
        fields->wrong(entry->key, "is no field of a subject", "like CN, O, OU, L, ST or C");
      out.subject_fields.emplace_back(entry->key, value);
    }
  }
  section.read("san", out.names);
  const auto oid = [](std::string_view text) {
    return crypto::is_object_identifier(text) ? std::optional{std::string{text}} : std::nullopt;
  };
  section.read<std::string>("policy-oid", out.policies, oid, "a certificate policy such as 1.3.6.1.4.1.99999.1");
  section.read<std::string>("usage", out.extended_key_usages, crypto::parse_extended_key_usage,
                            "an extended key usage: serverAuth, clientAuth, ipsecIKE, iKEIntermediate, or dotted");
  section.read("crl-required", out.requires_crl);
}

ike::Revocation read_revocation(Section& section, crypto::CertificateRules& rules) {
  ike::Revocation mode = rules.requires_crl ? ike::Revocation::Strict : ike::Revocation::Soft;
  section.read<ike::Revocation>("revocation", mode, ike::parse_revocation, "off, soft or strict");
  if (rules.requires_crl && mode != ike::Revocation::Strict)
    section.wrong("revocation", "crl-required means \"strict\"; keep one of them");
  rules.requires_crl = mode == ike::Revocation::Strict;
  return mode;
}

std::vector<crypto::Certificate> read_certificates(Section& section, std::string_view key, const path& directory) {
  return read_files<crypto::Certificate>(section, key, directory, load_anchors);
}

std::vector<crypto::Crl> read_crls(Section& section, std::string_view key, const path& directory) {
  return read_files<crypto::Crl>(section, key, directory, load_crls);
}

Secret read_secret(Section& section, std::string_view key, const path& directory) {
  const std::string file_key = std::string(key) + "-file";
  std::string text;
  std::optional<path> file;
  section.read(key, text);
  read_path(section, file_key, directory, file);
  if (file && !text.empty()) section.wrong(file_key, fmt::format("there is '{}' too; keep one of them", key));
  if (!file && !text.empty()) section.note_secret(key);
  if (!file) return Secret(to_bytes(text));
  section.note_secret(file_key, *file);
  auto loaded = load_secret(*file);
  if (loaded) return *std::move(loaded);
  section.wrong(file_key, loaded.error().what, loaded.error().help);
  return {};
}

void read_methods(Section& section, std::vector<eap::Type>& out) {
  section.read<eap::Type>(
      "methods", out, [](std::string_view name) { return eap::parse_method(name); },
      "an EAP method: mschapv2, tls, peap, ttls or gtc");
}

bool read_eap_only(Section& section, bool do_methods_prove_gateway) {
  bool is_wanted = false;
  section.read("eap-only", is_wanted);
  if (is_wanted && !do_methods_prove_gateway)
    section.wrong("eap-only", "only tls, peap and ttls prove who the gateway is",
                  "take 'eap-only' away, or choose among these");
  return is_wanted;
}

std::shared_ptr<const crypto::MsChap> load_mschap(Section& section) {
  auto loaded = crypto::MsChap::load();
  if (loaded) return std::make_shared<const crypto::MsChap>(*std::move(loaded));
  section.wrong("methods", loaded.error().what, loaded.error().help);
  return nullptr;
}

Result<std::string, std::string> parse_host(std::string_view text) {
  if (is_host(text)) return std::string(text);
  const std::string_view host = host_before_port(text);
  return Failure{host.empty() ? "is not a domain name or an address"
                              : fmt::format("has a port, and IKE's ports are fixed: write \"{}\"", host)};
}

Result<IpPrefix, std::string> parse_network(std::string_view text) {
  const auto prefix = IpPrefix::parse(text);
  if (!prefix) return Failure{"is not an IP prefix such as 10.20.0.0/16"};
  const IpPrefix network{prefix->first(), prefix->length};
  if (*prefix == network) return network;
  return Failure{fmt::format("is an address in the network {}: write that, or {} for the one host", network.to_string(),
                             prefix->address.to_string())};
}

void read_prefixes(Section& section, std::string_view key, std::vector<IpPrefix>& out) {
  section.read<IpPrefix>(key, out, parse_network);
  if (out.size() > ike::limits::selectors_max)
    section.wrong(key, fmt::format("has {} networks; {} at most", out.size(), ike::limits::selectors_max),
                  "put neighbours together into larger ones");
}

void read_addresses(Section& section, std::string_view key, std::vector<IpAddress>& out) {
  section.read<IpAddress>(key, out, IpAddress::parse, "an IP address");
}

}  // namespace agilevpn::control::config
