"""The NAT router between the segments "home" and "lan"."""


class NatRouter:
    """Masquerades everything from its inside (eth1) to its outside (eth0), and never keeps a port: as many real ones do."""

    def __init__(self, host, outside):
        self.host, self.outside = host, outside
        self._first_port = 10000

    def start(self):
        """Translate from now on."""
        last_port = self._first_port + 999
        self.host.nft(f"""
            table inet nat {{
              chain postrouting {{
                type nat hook postrouting priority srcnat;
                oifname "eth0" meta l4proto {{ tcp, udp }} masquerade to :{self._first_port}-{last_port}
                oifname "eth0" masquerade
              }}
              chain forward {{
                type filter hook forward priority filter; policy drop;
                iifname "eth1" accept
                ct state established,related accept
              }}
            }}""")

    def narrow(self, mtu):
        """Nothing larger than `mtu` octets is forwarded in either direction; senders are told so by ICMP."""
        for subnet, nic in (("10.0.1.0/24", "eth0"), ("172.16.1.0/24", "eth1")):
            self.host.ip("route", "change", subnet, "dev", nic, "proto", "kernel", "scope", "link", "mtu", "lock", mtu)

    def forget(self):
        """It forgets its mappings, as after a restart, and gives other ports from now on.

        What goes to an old mapping is lost. Taking the outer address away for a moment is what makes the kernel drop the
        translations that used it.
        """
        self._first_port += 1000
        self.host.drop_table("inet nat")
        self.outside.remove_addresses()
        self.start()
        self.outside.restore()
