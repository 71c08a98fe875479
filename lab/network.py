"""The lab's network: a client with two cards, a NAT router, a gateway and the server behind it.

       client ── eth0 ───────────────────────── lan 10.0.1.0/24, 2001:db8:1::/64 ──┬── gateway ── 192.168.10.0/24 ── server .2
              └─ eth1 ── 172.16.1.0/24 ── NAT router (masquerade) ─────────────────┘

Every host is a network namespace; a namespace "switch" holds the segments lan and home as bridges, so that a cable can be
pulled where the host cannot see it, moved to another segment, or cut silently.
"""

import ipaddress
import os

from lab.namespace import Namespace
from lab.nat import NatRouter
from lab.nic import Nic, attach
from lab.process import run, wait_until

CLIENT, CLIENT6 = "10.0.1.2", "2001:db8:1::2"           # eth0
CLIENT_SECOND, CLIENT_SECOND6 = "10.0.1.3", "2001:db8:1::3"  # eth1 when it is on the same LAN
CLIENT_RENUMBERED = "10.0.1.42"                         # eth0 after DHCP gave another
CLIENT_HOME = "172.16.1.2"                              # eth1 behind the NAT router
GATEWAY, GATEWAY6 = "10.0.1.1", "2001:db8:1::1"
NAT_OUTSIDE, NAT_INSIDE = "10.0.1.254", "172.16.1.1"
OFFICE, OFFICE6 = "192.168.10.0/24", "2001:db8:10::/64"  # What is behind the gateway
OFFICE_GATEWAY, OFFICE_GATEWAY6 = "192.168.10.1", "2001:db8:10::1"
SERVER, SERVER6 = "192.168.10.2", "2001:db8:10::2"
POOL, POOL6 = "10.66.0.0/24", "fd66::/112"              # Inner addresses, for whatever gateway runs


class Lab:
    """The network, up while the context is open. Labs with different prefixes live side by side."""

    def __init__(self, prefix=None, source_routing=False):
        self.prefix = prefix or f"av{os.getpid()}"
        self.client, self.gateway, self.nat, self.server, self._switch = (
            Namespace(f"{self.prefix}-{name}") for name in ("client", "gateway", "nat", "server", "switch"))
        self._more_clients = []
        self.eth0 = Nic(self.client, "eth0", self._switch, "client", table=101 if source_routing else None)
        self.eth1 = Nic(self.client, "eth1", self._switch, "client", table=102 if source_routing else None)
        self.gateway_lan = Nic(self.gateway, "eth0", self._switch, "gateway")
        self._gateway_office = Nic(self.gateway, "eth1", self._switch, "gateway")
        self._server_nic = Nic(self.server, "eth0", self._switch, "server")
        self._nat_outside = Nic(self.nat, "eth0", self._switch, "nat")
        self._nat_inside = Nic(self.nat, "eth1", self._switch, "nat")
        self.router = NatRouter(self.nat, self._nat_outside)

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        """Raise the network and wait until it carries packets; all of it or, after an error, nothing."""
        if self.client.exists():
            raise RuntimeError(f"a lab named {self.prefix} is up already")
        try:
            self._build()
        except BaseException:
            self.down()
            raise

    def down(self):
        """Stop what runs in it and remove every trace; harmless if it is not up."""
        for host in self.hosts():
            host.delete()
        self._more_clients.clear()

    def hosts(self):
        """Every namespace of the lab."""
        return [*self._more_clients, self.client, self.server, self.nat, self.gateway, self._switch]

    def add_client(self, number):
        """Another client behind the NAT router: 172.16.1.(100 + number), with one card eth0. Returns its namespace."""
        host = Namespace(f"{self.prefix}-client{number}")
        self._more_clients.append(host)
        host.create()
        nic = Nic(host, "eth0", self._switch, f"client{number}")
        nic.attach("home")
        nic.configure([f"172.16.1.{100 + number}/24"], [("default", "via", NAT_INSIDE)])
        return host

    def add_client_network(self, addresses):
        """A host behind the client, which forwards to it: of each (address, network) the client has the first address of the
        network. Returns the host's namespace."""
        host = Namespace(f"{self.prefix}-branch")
        self._more_clients.append(host)
        host.create()
        self.client.ip("link", "add", "branch0", "type", "veth", "peer", "name", "eth0", "netns", host.name)
        self.client.ip("link", "set", "branch0", "up")
        host.ip("link", "set", "eth0", "up")
        for address, text in addresses:
            of = ipaddress.ip_network(text)
            router = of[1]
            self.client.ip("address", "add", f"{router}/{of.prefixlen}", "dev", "branch0")
            host.ip("address", "add", f"{address}/{of.prefixlen}", "dev", "eth0")
            host.ip("route", "add", "default", "via", router)
        self.client.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        return host

    def put_eth1_at_home(self):
        """eth1's cable goes to the NAT router, as in the picture."""
        self.eth1.move_to("home")
        self.eth1.configure([f"{CLIENT_HOME}/24"], [("default", "via", NAT_INSIDE, "metric", "200")])

    def put_eth1_on_lan(self):
        """eth1's cable goes to the LAN, where it has addresses of its own."""
        self.eth1.move_to("lan")
        self.eth1.configure([f"{CLIENT_SECOND}/24", f"{CLIENT_SECOND6}/64"])

    def _build(self):
        for host in self.hosts():
            host.create(is_router=host in (self.gateway, self.nat))
        self._switch.ip_all([("link", "add", segment, "up", "type", "bridge", "stp_state", 0, "forward_delay", 0, "mcast_snooping", 0)
                             for segment in ("lan", "home", "office")])
        self._cable()
        self._address()
        self.router.start()
        self._forbid_leaks()
        wait_until(lambda: self.client.can_reach(GATEWAY6), 10, what="the LAN to carry packets")

    def _cable(self):
        attach({self.eth0: "lan", self.eth1: "home", self._nat_outside: "lan", self._nat_inside: "home", self.gateway_lan: "lan",
                self._gateway_office: "office", self._server_nic: "office"})

    def _address(self):
        self.gateway_lan.configure([f"{GATEWAY}/24", f"{GATEWAY6}/64"])
        self._gateway_office.configure([f"{OFFICE_GATEWAY}/24", f"{OFFICE_GATEWAY6}/64"])
        self._server_nic.configure([f"{SERVER}/24", f"{SERVER6}/64"],
                                   [("default", "via", OFFICE_GATEWAY), ("default", "via", OFFICE_GATEWAY6)])
        self._nat_outside.configure([f"{NAT_OUTSIDE}/24"])
        self._nat_inside.configure([f"{NAT_INSIDE}/24"])
        self.eth0.configure([f"{CLIENT}/24", f"{CLIENT6}/64"])
        self.put_eth1_at_home()

    def _forbid_leaks(self):
        """The gateway forwards nothing that came in from the LAN in the clear: what arrives, came by the tunnel."""
        self.gateway.nft("""
            table inet leak {
              chain forward {
                type filter hook forward priority filter;
                iifname "eth0" oifname "eth1" drop
                iifname "eth1" oifname "eth0" drop
              }
            }""")


def leftovers(prefix):
    """What is still there of a lab after it should be gone: names of namespaces."""
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line.startswith(f"{prefix}-")]
