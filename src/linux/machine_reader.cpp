#include "linux/machine_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "linux/clock.h"
#include "linux/event_loop.h"
#include "linux/file_descriptor.h"
#include "linux/name_lookup.h"
#include "linux/network_reader.h"
#include "linux/program.h"
#include "linux/udp_ports.h"

namespace agilevpn::linux {

namespace {

std::optional<std::string> why_no_tun() {
  const FileDescriptor tun{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
  return tun.is_open() ? std::nullopt : std::optional<std::string>{std::strerror(errno)};
}

std::optional<std::string> why_no_forwarding() {
  for (const char* file : {"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"}) {
    char value = '0';
    const FileDescriptor now{::open(file, O_RDONLY | O_CLOEXEC)};
    if (!now.is_open() && errno == ENOENT) continue;  // No IPv6 here.
    if (now.is_open() && ::read(now.get(), &value, 1) == 1 && value != '0') continue;
    if (::access(file, W_OK) != 0) return std::string(file) + ": " + std::strerror(errno);
  }
  return std::nullopt;
}

preflight::Clock read_clock() {
  preflight::Clock clock{.now = wall_now(), .installed = {}, .is_synchronised = false};
  struct stat program{};
  if (::stat("/proc/self/exe", &program) == 0) clock.installed = WallTime{std::chrono::seconds{program.st_mtim.tv_sec}};
  timex kernel{};
  clock.is_synchronised = ::adjtimex(&kernel) != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
  return clock;
}

preflight::NameAnswer read_answer(const std::string& name) {
  EventLoop loop;
  preflight::NameAnswer answer{.addresses = {}, .reason = "no name server answers"};
  Timer deadline{loop, [&] { loop.stop(); }};
  deadline.arm(now() + 3s);
  NameLookup lookup{loop};
  lookup.resolve(name, [&](LookupResult result) {
    answer = {std::move(result.addresses), std::move(result.reason)};
    loop.stop();
  });
  loop.run();
  return answer;
}

mobility::Network read_own_network(const std::string& tunnel_interface) {
  auto netlink = NetlinkSocket::open();
  if (!netlink) return {};
  return read_network(*netlink, {tunnel_interface}, 0).value_or(mobility::Network{});
}

// What a firewall's own program says, if it rules.
std::optional<std::string> ask_firewall(const std::vector<std::string>& command, std::string_view sign = {}) {
  auto text = read_program(command);
  if (!text || text->find(sign) == std::string::npos) return std::nullopt;
  return *std::move(text);
}

preflight::Firewalls read_firewalls() {
  return {.ufw = ask_firewall({"ufw", "status", "verbose"}, "Status: active"),
          .firewalld = ask_firewall({"firewall-cmd", "--list-all"}),
          .nftables = ask_firewall({"nft", "--json", "list", "ruleset"}, "nftables")};
}

}  // namespace

preflight::Machine read_machine(const std::string& name, const std::string& tunnel_interface) {
  preflight::Machine machine{.name = name,
                             .tunnel = tunnel_interface,
                             .ports = {},
                             .no_tun = why_no_tun(),
                             .no_forwarding = why_no_forwarding(),
                             .has_nft = find_program("nft").has_value(),
                             .is_root = ::geteuid() == 0,
                             .clock = read_clock(),
                             .answer = read_answer(name),
                             .network = read_own_network(tunnel_interface),
                             .firewalls = read_firewalls()};
  for (const std::uint16_t port : {ike_port, nat_traversal_port}) machine.ports.push_back(read_udp_port(port));
  return machine;
}

}  // namespace agilevpn::linux
