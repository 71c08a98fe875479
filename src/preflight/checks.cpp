#include "preflight/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace agilevpn::preflight {

namespace {

using Weight = Finding::Weight;

// What has UDP 500 on machines that had a VPN before, and how it is stopped.
struct KnownHolder {
  std::string_view program, name, help;
};
constexpr std::array known_holders = {
    KnownHolder{"charon-systemd", "strongSwan", "systemctl disable --now strongswan"},
    KnownHolder{"charon", "strongSwan", "systemctl disable --now strongswan-starter"},
    KnownHolder{"pluto", "Libreswan", "systemctl disable --now ipsec"},
    KnownHolder{"iked", "OpenIKED", "systemctl disable --now iked"},
    KnownHolder{"racoon", "racoon", "systemctl disable --now racoon"},
};

Finding taken_port(const Port& port) {
  const auto* known = std::ranges::find(known_holders, port.holder, &KnownHolder::program);
  if (known != known_holders.end()) {
    return {.weight = Weight::Problem,
            .check = "ports",
            .what = fmt::format("UDP {}: {} ({}) has it", port.number, known->name, port.holder),
            .help = std::string(known->help),
            .cure = {}};
  }
  const std::string holder = port.holder.empty() ? "another program" : port.holder;
  return {.weight = Weight::Problem,
          .check = "ports",
          .what = fmt::format("UDP {}: {} has it", port.number, holder),
          .help = "stop it, and see that it does not start again",
          .cure = {}};
}

Finding check_port(const Port& port) {
  const bool is_ours = port.holder == "agilevpnd";
  switch (port.state) {
    case Port::State::Free:
      return {.check = "ports", .what = fmt::format("UDP {} is free", port.number), .help = {}, .cure = {}};
    case Port::State::Taken:
      if (is_ours)
        return {.check = "ports", .what = fmt::format("UDP {} is agilevpnd's", port.number), .help = {}, .cure = {}};
      return taken_port(port);
    case Port::State::Refused: break;
  }
  return {.weight = Weight::Advice,
          .check = "ports",
          .what = fmt::format("UDP {}: {}", port.number, port.reason),
          .help = "run this as root to know more",
          .cure = {}};
}

struct OwnAddress {
  IpAddress address;
  std::string interface;
};

std::vector<OwnAddress> own_addresses(const Machine& machine) {
  std::vector<OwnAddress> out;
  for (const mobility::Link& link : machine.network.links) {
    if (link.name == machine.tunnel || !link.is_up) continue;
    for (const mobility::LinkAddress& own : link.addresses) {
      if (!own.address.is_link_local()) out.push_back({own.address, link.name});
    }
  }
  return out;
}

std::string join(const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const IpAddress& address : addresses) out += (out.empty() ? "" : ", ") + address.to_string();
  return out;
}

// Nothing of ours is where the name leads. Behind a NAT that is as it should be; with a public address of our own it is
// a mistake.
Finding name_leads_elsewhere(const Machine& machine, const std::vector<OwnAddress>& own) {
  const std::string elsewhere = join(machine.answer.addresses);
  const std::string subject =
      elsewhere == machine.name ? machine.name : fmt::format("{} is {}", machine.name, elsewhere);
  const auto global = std::ranges::find_if(own, [](const OwnAddress& o) { return !o.address.is_private(); });
  if (global != own.end()) {
    return {.weight = Weight::Problem,
            .check = "name",
            .what = fmt::format("{}, which is not this machine: {} has {}", subject, global->interface,
                                global->address.to_string()),
            .help = "let the name's A or AAAA record point here; if a router forwards to this machine, all is well",
            .cure = {}};
  }
  const std::string here = own.empty() ? "this machine's address" : own.front().address.to_string();
  return {.weight = Weight::Advice,
          .check = "name",
          .what = fmt::format("{}, an address that no interface here has: this machine is behind a NAT", subject),
          .help = fmt::format("let the router forward UDP 500 and 4500 to {}", here),
          .cure = {}};
}

std::string date_text(WallTime time) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace

Findings examine(const Machine& machine) {
  Findings all;
  for (const auto check :
       {check_ports, check_tunnel, check_forwarding, check_firewall, check_clock, check_name, check_mtu}) {
    std::ranges::move(check(machine), std::back_inserter(all));
  }
  return all;
}

Findings check_ports(const Machine& machine) {
  Findings out;
  for (const Port& port : machine.ports) out.push_back(check_port(port));
  return out;
}

Findings check_tunnel(const Machine& machine) {
  if (!machine.no_tun) return {{.check = "tun", .what = "/dev/net/tun can be opened", .help = {}, .cure = {}}};
  const std::string what = fmt::format("/dev/net/tun: {}", *machine.no_tun);
  if (!machine.is_root)
    return {
        {.weight = Weight::Advice, .check = "tun", .what = what, .help = "run this as root to know more", .cure = {}}};
  return {{.weight = Weight::Problem,
           .check = "tun",
           .what = what,
           .help = "modprobe tun; a container must be given the device",
           .cure = {{"modprobe", "tun"}},
           .is_harmless = true}};
}

Findings check_forwarding(const Machine& machine) {
  Findings out;
  if (machine.no_forwarding) {
    out.push_back(
        {.weight = machine.is_root ? Weight::Problem : Weight::Advice,
         .check = "forwarding",
         .what = "forwarding cannot be switched on: " + *machine.no_forwarding,
         .help = machine.is_root
                     ? "set net.ipv4.ip_forward and net.ipv6.conf.all.forwarding to 1 where this machine is made"
                     : "run this as root to know more",
         .cure = {}});
  } else {
    out.push_back({.check = "forwarding",
                   .what = "forwarding can be switched on; agilevpnd does so while it runs",
                   .help = {},
                   .cure = {}});
  }
  if (machine.has_nft) {
    out.push_back({.check = "forwarding",
                   .what = "nft is there: clients reach other networks with this machine's address (masquerade)",
                   .help = {},
                   .cure = {}});
  } else {
    out.push_back({.weight = Weight::Advice,
                   .check = "forwarding",
                   .what = "nft is not there: what is behind this machine must know the way to its clients",
                   .help = "or apt-get install nftables, and masquerade = true in gateway.toml",
                   .cure = {}});
  }
  return out;
}

Findings check_clock(const Machine& machine) {
  const Clock& clock = machine.clock;
  if (clock.now < clock.installed) {
    return {
        {.weight = Weight::Problem,
         .check = "clock",
         .what = fmt::format("the clock says {}, but this program was installed on {}", date_text(clock.now),
                             date_text(clock.installed)),
         .help =
             "set it, or certificates made now are not yet valid for anybody else: apt-get install systemd-timesyncd",
         .cure = {}}};
  }
  if (clock.is_synchronised) return {{.check = "clock", .what = "the clock is synchronised", .help = {}, .cure = {}}};
  return {{.weight = Weight::Advice,
           .check = "clock",
           .what = "nothing is known to keep the clock right",
           .help = "if that is not done from outside: apt-get install systemd-timesyncd",
           .cure = {}}};
}

Findings check_name(const Machine& machine) {
  const std::vector<OwnAddress> own = own_addresses(machine);
  if (machine.answer.addresses.empty()) {
    return {{.weight = Weight::Problem,
             .check = "name",
             .what = fmt::format("{} leads nowhere: {}", machine.name, machine.answer.reason),
             .help = "make an A or AAAA record for it, or every client needs it in its hosts file",
             .cure = {}}};
  }
  for (const OwnAddress& o : own) {
    if (std::ranges::find(machine.answer.addresses, o.address) == machine.answer.addresses.end()) continue;
    const std::string what =
        o.address.to_string() == machine.name
            ? fmt::format("{} is an address of {}", machine.name, o.interface)
            : fmt::format("{} is {}, an address of {}", machine.name, o.address.to_string(), o.interface);
    if (!o.address.is_private()) return {{.check = "name", .what = what, .help = {}, .cure = {}}};
    return {{.check = "name", .what = what + ", private: for clients in the same network", .help = {}, .cure = {}}};
  }
  return {name_leads_elsewhere(machine, own)};
}

// Packets of clients are cut to the tunnel's MTU, which the path's gives; below 1280 there is no IPv6 (RFC 8200 §5).
Findings check_mtu(const Machine& machine) {
  constexpr std::uint32_t ipv6_minimum = 1280, usual = 1500;
  Findings out;
  for (const mobility::Link& link : machine.network.links) {
    const bool is_way_out = std::ranges::any_of(
        link.routes, [](const mobility::LinkRoute& route) { return route.destination.length == 0; });
    if (!link.is_up || !is_way_out || link.name == machine.tunnel) continue;
    const std::string what = fmt::format("the MTU of {} is {}", link.name, link.mtu);
    if (link.mtu < ipv6_minimum) {
      out.push_back({.weight = Weight::Problem,
                     .check = "mtu",
                     .what = what + ", too little for IPv6",
                     .help = fmt::format("ip link set {} mtu 1500, if the network carries it", link.name),
                     .cure = {}});
    } else if (link.mtu < usual) {
      out.push_back({.weight = Weight::Advice,
                     .check = "mtu",
                     .what = what + "; packets in the tunnel are made smaller by themselves",
                     .help = {},
                     .cure = {}});
    } else {
      out.push_back({.check = "mtu", .what = what, .help = {}, .cure = {}});
    }
  }
  if (out.empty())
    out.push_back({.weight = Weight::Advice,
                   .check = "mtu",
                   .what = "there is no default route: only neighbours reach this machine",
                   .help = {},
                   .cure = {}});
  return out;
}

}  // namespace agilevpn::preflight
