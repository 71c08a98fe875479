"""A link on the way that takes less than the cards do: routers say so by ICMP, and the tunnel says so to those inside it."""

import re
import unittest

from lab import network
from lab.process import CommandFailed, wait_until
from lab.tunnel_test_case import PATIENCE
from tests.lab.roaming_test_case import RoamingTestCase

NARROW = 1300  # Octets; the inner MTU is 1400.


class PathMtu(RoamingTestCase):
    """A client behind the NAT router, whose links become narrow while packets flow."""

    def setUp(self):
        super().setUp()
        self.lab.eth0.disable()
        self.expect("eth1", network.CLIENT_HOME)

    def ping(self, host, address, size):
        """What a ping of an IP packet with DF and so many octets says."""
        try:
            return host.run("ping", "-c1", "-W1", "-M", "do", "-s", size - 28, address)
        except CommandFailed as error:
            return str(error)

    def check_told_what_fits(self, host, address):
        """A packet that is too big is answered by ICMP with an MTU, and what that MTU allows arrives."""
        self.assertIn(" 0% packet loss", self.ping(host, address, 1400))
        self.lab.router.narrow(NARROW)
        told = wait_until(lambda: re.search(r"mtu\s*=\s*(\d+)", self.ping(host, address, 1400)), PATIENCE, what="ICMP too big")
        mtu = int(told[1])
        self.assertLess(mtu, NARROW - 28)
        self.assertGreater(mtu, NARROW - 100)
        self.assertIn(" 0% packet loss", self.ping(host, address, mtu))

    def test_the_client_learns_it_and_tcp_goes_on(self):
        self.check_told_what_fits(self.lab.client, network.SERVER)
        self.transfer.wait_progress()
        self.assert_traffic()

    def test_the_gateway_learns_it_and_tcp_goes_on(self):
        inner = self.pair.client.session().inner[0]
        self.check_told_what_fits(self.lab.server, inner)
        self.transfer.wait_progress()
        self.assert_traffic()


if __name__ == "__main__":
    unittest.main()
