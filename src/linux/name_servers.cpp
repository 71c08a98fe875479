#include "linux/name_servers.h"

#include <filesystem>

#include "linux/program.h"

namespace agilevpn::linux {

void NameServers::set(const std::vector<IpAddress>& servers, const std::vector<std::string>& domains, bool all_names) {
  clear();
  warning_.clear();
  if (servers.empty() || (domains.empty() && !all_names)) return;
  if (find_program("resolvectl") && std::filesystem::exists("/run/systemd/resolve")) {
    set_resolved(servers, domains);
  } else if (find_program("resolvconf") && all_names) {
    set_resolvconf(servers, domains);
  } else {
    warning_ = "names are asked outside the tunnel: neither systemd-resolved nor resolvconf manages DNS here";
  }
}

void NameServers::set_resolved(const std::vector<IpAddress>& servers, const std::vector<std::string>& domains) {
  manager_ = Manager::Resolved;
  std::vector<std::string> dns = {"resolvectl", "dns", interface_};
  for (const IpAddress& server : servers) dns.push_back(server.to_string());
  std::vector<std::string> domain = {"resolvectl", "domain", interface_};
  domain.insert(domain.end(), domains.begin(), domains.end());
  if (domains.empty()) domain.push_back("~.");
  run(dns);
  run(domain);
  run({"resolvectl", "default-route", interface_, domains.empty() ? "yes" : "no"});
}

void NameServers::set_resolvconf(const std::vector<IpAddress>& servers, const std::vector<std::string>& domains) {
  manager_ = Manager::Resolvconf;
  std::string lines;
  for (const IpAddress& server : servers) lines += "nameserver " + server.to_string() + '\n';
  for (const std::string& domain : domains) lines += "search " + domain + '\n';
  run({"resolvconf", "-a", interface_}, lines);
}

void NameServers::clear() {
  switch (std::exchange(manager_, Manager::None)) {
    case Manager::None: return;
    case Manager::Resolved: return run({"resolvectl", "revert", interface_});
    case Manager::Resolvconf: return run({"resolvconf", "-d", interface_});
  }
}

void NameServers::run(const std::vector<std::string>& command, std::string_view input) {
  if (const auto ran = run_program(command, input); !ran) warning_ = ran.error().to_string();
}

}  // namespace agilevpn::linux
