#include "linux/name_servers.h"

#include <filesystem>
#include <utility>

#include "linux/program.h"

namespace agilevpn::linux {

namespace {

NameServers::Manager find_manager() {
  if (find_program("resolvectl") && std::filesystem::exists("/run/systemd/resolve"))
    return NameServers::Manager::Resolved;
  return find_program("resolvconf") ? NameServers::Manager::Resolvconf : NameServers::Manager::None;
}

}  // namespace

NameServers::Host::Host() : find_manager(&linux::find_manager), run(&run_program) {}

void NameServers::set(Names names) {
  if (names == names_) return;
  names_ = std::move(names);
  warning_.clear();
  const bool is_wanted = !names_.servers.empty() && (!names_.domains.empty() || names_.all_names);
  Manager manager = is_wanted ? host_.find_manager() : Manager::None;
  if (manager == Manager::Resolvconf && !names_.all_names) manager = Manager::None;  // It knows all names or none.
  if (manager != manager_) revert();
  manager_ = manager;
  switch (manager) {
    case Manager::Resolved: return set_resolved();
    case Manager::Resolvconf: return set_resolvconf();
    case Manager::None:
      if (is_wanted)
        warning_ = "names are asked outside the tunnel: neither systemd-resolved nor resolvconf manages DNS here";
  }
}

void NameServers::set_resolved() {
  std::vector<std::string> dns = {"resolvectl", "dns", interface_};
  for (const IpAddress& server : names_.servers) dns.push_back(server.to_string());
  std::vector<std::string> domain = {"resolvectl", "domain", interface_};
  domain.insert(domain.end(), names_.domains.begin(), names_.domains.end());
  if (names_.domains.empty()) domain.push_back("~.");
  run(dns);
  run(domain);
  run({"resolvectl", "default-route", interface_, names_.domains.empty() ? "yes" : "no"});
}

void NameServers::set_resolvconf() {
  std::string lines;
  for (const IpAddress& server : names_.servers) lines += "nameserver " + server.to_string() + '\n';
  for (const std::string& domain : names_.domains) lines += "search " + domain + '\n';
  run({"resolvconf", "-a", interface_}, lines);
}

void NameServers::clear() {
  names_ = {};
  revert();
}

void NameServers::revert() {
  switch (std::exchange(manager_, Manager::None)) {
    case Manager::None: return;
    case Manager::Resolved: return run({"resolvectl", "revert", interface_});
    case Manager::Resolvconf: return run({"resolvconf", "-d", interface_});
  }
}

void NameServers::run(const std::vector<std::string>& command, std::string_view input) {
  if (const auto ran = host_.run(command, input); !ran) warning_ = ran.error().to_string();
}

}  // namespace agilevpn::linux
