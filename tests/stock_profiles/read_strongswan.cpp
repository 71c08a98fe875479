// strongSwan: its app, as it imports a profile, and swanctl, as it loads a folder.
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/require.h"
#include "tests/stock_profiles/words.h"

namespace agilevpn::stock_profiles {

using sim::require;
using sim::stock::AuthPart;
using sim::stock::SignIn;

namespace {

// An ESP proposal ends in the group of its rekeys, if they have one.
void use_proposals(sim::stock::Kind& kind, const std::string& ike, const std::string& esp) {
  use_one_suite(kind, ike, esp);
  const std::string group = ike.substr(ike.rfind('-') + 1);
  kind.habits.offers_pfs = false;
  kind.habits.pfs = esp.ends_with("-" + group) ? std::optional{group_called(group)} : std::nullopt;
}

SignIn sign_in_of(const std::map<std::string, SignIn>& words, const std::string& word) {
  require(words.contains(word), "no login: " + word);
  return words.at(word);
}

}  // namespace

SetUp read_app(const profiles::Files& files, const Typed& typed) {
  const auto json = nlohmann::json::parse(file_ending(files, ".sswan").content);
  SetUp made{.kind = *sim::stock::find_kind("strongswan-app"),
             .owner = {},
             .dialled = json.at("remote").at("addr").get<std::string>()};
  made.kind.name = "strongswan-app by file";
  use_proposals(made.kind, json.at("ike-proposal").get<std::string>(), json.at("esp-proposal").get<std::string>());
  if (json.contains("nat-keepalive"))
    made.kind.habits.nat_keepalive = std::chrono::seconds{json["nat-keepalive"].get<int>()};
  insert_after(made.kind.auth, AuthPart::IdI, AuthPart::IdR);
  made.owner.gateway_name = json.at("remote").at("id").get<std::string>();
  made.owner.credentials.anchors = {certificate_of(from_base64(json.at("remote").at("cert").get<std::string>()))};
  static const std::map<std::string, SignIn> types{{"ikev2-eap", SignIn::MsChapV2OrGtc},
                                                   {"ikev2-byod-eap", SignIn::TtlsEap},
                                                   {"ikev2-cert", SignIn::Certificate},
                                                   {"ikev2-eap-tls", SignIn::EapTls}};
  made.kind.sign_in = sign_in_of(types, json.at("type").get<std::string>());
  const auto& local = json.at("local");
  made.owner.password = typed.password;
  if (local.contains("eap_id")) {
    made.owner.user = local.at("eap_id").get<std::string>();
  } else {
    import(made.owner.credentials, from_base64(local.at("p12").get<std::string>()), typed.certificate_password);
    made.owner.user =
        local.contains("id") ? local["id"].get<std::string>() : made.owner.credentials.chain.front().subject();
  }
  return made;
}

// ---- swanctl.conf

namespace {

// "connections.NAME.local.auth" and its value.
std::map<std::string, std::string> settings_of(const std::string& text) {
  std::map<std::string, std::string> all;
  std::vector<std::string> sections;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(' '));
    if (line.empty() || line.front() == '#') continue;
    if (line == "}") {
      sections.pop_back();
    } else if (line.ends_with(" {")) {
      sections.push_back(line.substr(0, line.size() - 2));
    } else {
      const std::size_t at = line.find(" = ");
      require(at != std::string::npos, "swanctl.conf has a line without a value: " + line);
      std::string value = line.substr(at + 3), key;
      if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
      for (const std::string& section : sections) key += section + ".";
      all[key + line.substr(0, at)] = value;
    }
  }
  require(sections.empty(), "swanctl.conf leaves a section open");
  return all;
}

Duration seconds_of(const std::string& text) {
  require(text.ends_with('s'), "no time: " + text);
  return std::chrono::seconds{std::stoi(text)};
}

crypto::Certificate pem_certificate(const profiles::Files& files, const std::string& name) {
  return crypto::Certificate::from_pem(as_bytes(file_ending(files, name).content)).value().front();
}

}  // namespace

// Habits of charon: the hard lifetime is a tenth above rekey_time, no NAT is faked.
SetUp read_swanctl(const profiles::Files& files, const Typed& typed) {
  const auto all = settings_of(file_ending(files, ".conf").content);
  const std::string begin = all.begin()->first, name = begin.substr(12, begin.find('.', 12) - 12);
  const auto get = [&](const std::string& key) { return all.at("connections." + name + "." + key); };
  SetUp made{.kind = *sim::stock::find_kind("strongswan-app"), .owner = {}, .dialled = get("remote_addrs")};
  made.kind.name = "strongswan by swanctl.conf";
  made.kind.fakes_nat = false;
  made.kind.roots = 1;
  use_proposals(made.kind, get("proposals"), get("children." + name + ".esp_proposals"));
  insert_after(made.kind.auth, AuthPart::IdI, AuthPart::IdR);
  if (get("mobike") == "no") stay(made.kind);
  auto& habits = made.kind.habits;
  habits.liveness = seconds_of(get("dpd_delay"));
  habits.ike_rekey = seconds_of(get("rekey_time"));
  habits.child_rekey = seconds_of(get("children." + name + ".rekey_time"));
  habits.child_hard = habits.child_rekey + habits.child_rekey / 10;
  made.owner.gateway_name = get("remote.id");
  made.owner.credentials.anchors = {pem_certificate(files, "/x509ca/" + get("remote.cacerts"))};
  static const std::map<std::string, SignIn> methods{{"eap-mschapv2", SignIn::MsChapV2},
                                                     {"eap-ttls", SignIn::TtlsEap},
                                                     {"eap-gtc", SignIn::Gtc},
                                                     {"pubkey", SignIn::Certificate},
                                                     {"eap-tls", SignIn::EapTls}};
  made.kind.sign_in = sign_in_of(methods, get("local.auth"));
  made.owner.user = get("local.id");
  made.owner.password = typed.password;
  if (!all.contains("connections." + name + ".local.certs")) return made;
  made.owner.credentials.chain = {pem_certificate(files, "/x509/" + get("local.certs"))};
  made.owner.credentials.key = crypto::PrivateKey::parse(as_bytes(file_ending(files, ".key").content)).value();
  return made;
}

}  // namespace agilevpn::stock_profiles
