"""ESP as IP protocol 50 where there is no NAT, in UDP where there is one, and back."""

import unittest

from lab import network
from lab.outer import OuterTraffic
from lab.tunnel_test_case import TunnelTestCase
from lab.vpn import Options

NATIVE = Options(native_esp=True)


class NativeEsp(TunnelTestCase):
    """Both ends want native ESP."""

    def check_outside(self, nic, is_native):
        """What pings and a TCP stream look like on this card."""
        with OuterTraffic(nic, self._pair.folder) as seen:
            self.assert_traffic()
        few = 5  # Of a keepalive, or of a packet that was under way.
        self.assertGreater(seen.native if is_native else seen.in_udp, 50, vars(seen))
        self.assertLess(seen.in_udp if is_native else seen.native, few, vars(seen))

    def wait_for_adapter(self, name):
        self.wait_for_session(lambda session: session.is_connected and session.adapter == name, name)

    def test_behind_a_nat_it_is_in_udp_and_afterwards_native_again(self):
        tunnel = self.tunnel(client_options=NATIVE, gateway_options=NATIVE)
        lab = tunnel.lab
        self.check_outside(lab.eth0, is_native=True)
        spis = tunnel.client.session().spi_i
        lab.eth0.pull()
        self.wait_for_adapter("eth1")
        self.check_outside(lab.eth1, is_native=False)
        lab.eth0.plug()
        self.wait_for_adapter("eth0")
        self.check_outside(lab.eth0, is_native=True)
        self.assertEqual(spis, tunnel.client.session().spi_i)

    def test_native_esp_over_ipv6(self):
        tunnel = self.tunnel(client_options=NATIVE, gateway_options=NATIVE, connect=False)
        tunnel.client.stop()
        tunnel.client.peer = network.GATEWAY6
        tunnel.client.start()
        tunnel.client.connect()
        self.wait_for_session(lambda session: session.is_connected and session.origin_address == network.CLIENT6, "IPv6")
        self.check_outside(tunnel.lab.eth0, is_native=True)


if __name__ == "__main__":
    unittest.main()
