"""A network card of a host, its cable, and what is at the cable's other end: everything that can happen to it."""

import ipaddress

from lab.namespace import ip_all


def attach(cables):
    """Make cards and cable each to a segment, {nic: segment}; their cables end at the same switch."""
    switches = {nic.switch for nic in cables}
    ip_all([("link", "add", nic.name, "netns", nic.host.name, "type", "veth", "peer", "name", nic.port, "netns", nic.switch.name)
            for nic in cables])
    for switch in switches:
        switch.ip_all([("link", "set", nic.port, "master", segment, "up") for nic, segment in cables.items() if nic.switch is switch])


class Nic:
    """One interface of `host`, cabled to a bridge ("segment") of the `switch` namespace.

    `addresses` are written with their prefix length; `routes` are the words after `ip route add`, without the device.
    With a `table`, packets from its addresses leave by it whatever the main table says (source-address routing).
    """

    def __init__(self, host, name, switch, label, table=None):
        self.host, self.name, self.switch = host, name, switch
        self.port = f"{label}-{name}"
        self.addresses, self.routes, self.table = [], [], table

    def attach(self, segment):
        """Make it and cable it to a segment."""
        attach({self: segment})

    def configure(self, addresses, routes=()):
        """Bring it up with these addresses and routes."""
        self.addresses, self.routes = list(addresses), [tuple(route) for route in routes]
        self.enable()

    # What people do to cables.

    def pull(self):
        """The cable is out: the host sees that the carrier is lost, its addresses and routes stay."""
        self.switch.ip("link", "set", self.port, "down")

    def plug(self):
        """The cable is in again."""
        self.switch.ip("link", "set", self.port, "up")
        self.restore()

    def move_to(self, segment):
        """The cable is moved to another segment, without addresses until configure() is called."""
        self.remove_addresses()
        self.switch.ip("link", "set", self.port, "master", segment)

    # What administrators do.

    def disable(self):
        """Administratively down."""
        self.host.ip("link", "set", self.name, "down")

    def enable(self):
        """Administratively up, with all that was configured."""
        self.host.ip("link", "set", self.name, "up")
        self.restore()

    # What networks do.

    def remove_addresses(self, family=None):
        """All its addresses go away, or those of one family (4 or 6); restore() brings them back."""
        for address in self.addresses:
            if family in (None, ipaddress.ip_interface(address).version):
                self._drop_address(address)

    def replace_address(self, old, new):
        """The network gives another address, as DHCP may at a renewal: the new one comes, then the old one goes."""
        self.addresses = [new if address == old else address for address in self.addresses]
        self.restore()
        self._drop_address(old)
        self.restore()  # Routes that named the old address as their source went with it.

    def remove_routes(self):
        """All its routes go away, those to its own subnets included."""
        for family in ("-4", "-6"):
            self.host.ip(family, "route", "flush", "dev", self.name)

    def block(self):
        """A silent blackhole: carrier and neighbours stay, but no IP packet passes in either direction."""
        neighbours = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; ether type { ip, ip6 } drop;"
        chains = "".join(f'  chain {hook} {{ type filter hook {hook} device "{self.port}" priority 0; {neighbours} }}\n'
                         for hook in ("ingress", "egress"))
        self.switch.nft(f"table netdev {self._blackhole} {{\n{chains}}}\n")

    def unblock(self):
        """The blackhole is gone."""
        self.switch.drop_table(f"netdev {self._blackhole}")

    def restore(self):
        """Whatever is missing of its addresses and routes comes back."""
        self.host.ip_all([("address", "replace", address, "dev", self.name, *_nodad(address)) for address in self.addresses])
        self.host.ip_all([("route", "replace", *route, "dev", self.name) for route in (*self._own_routes(), *self.routes)], check=False)
        if self.table:
            self._route_by_source()

    def _own_routes(self):
        for interface in map(ipaddress.ip_interface, self.addresses):
            more = ("src", interface.ip) if interface.version == 4 else ("metric", 256)
            yield (interface.network, "proto", "kernel", *more)

    @property
    def _blackhole(self):
        return "blackhole_" + self.port.replace("-", "_")

    def _drop_address(self, address):
        self.host.ip("address", "del", address, "dev", self.name, check=False)
        if self.table:
            family = f"-{ipaddress.ip_interface(address).version}"
            self.host.ip(family, "rule", "del", "from", _host(address), "lookup", self.table, check=False)

    def _route_by_source(self):
        for address in self.addresses:
            interface = ipaddress.ip_interface(address)
            family = f"-{interface.version}"
            if not self.host.ip(family, "rule", "show", "from", _host(address)):
                self.host.ip(family, "rule", "add", "pref", 500, "from", _host(address), "lookup", self.table)
            self.host.ip(family, "route", "replace", str(interface.network), "dev", self.name, "table", self.table,
                         check=False)
        for route in self.routes:
            self.host.ip("route", "replace", *route, "dev", self.name, "table", self.table, check=False)


def _host(address):
    return str(ipaddress.ip_interface(address).ip)


def _nodad(address):
    return ["nodad"] if ipaddress.ip_interface(address).version == 6 else []
