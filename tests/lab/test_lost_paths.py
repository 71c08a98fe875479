"""The five ways to lose a path: the tunnel moves to the other one, and returns when the better one is back."""

import unittest

from lab import network
from tests.lab.roaming_test_case import RoamingTestCase


class LostPaths(RoamingTestCase):
    """Whatever happened to eth0, eth1 takes over."""

    def test_a_lost_carrier(self):
        self.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.plug()
        self.expect("eth0", network.CLIENT, timeout=30)

    def test_an_interface_that_is_taken_down(self):
        self.lab.eth0.disable()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.enable()
        self.expect("eth0", network.CLIENT, timeout=30)

    def test_addresses_that_are_removed(self):
        self.lab.eth0.remove_addresses()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.restore()
        self.expect("eth0", network.CLIENT, timeout=30)

    def test_routes_that_are_removed(self):
        self.lab.eth0.remove_routes()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.restore()
        self.expect("eth0", network.CLIENT, timeout=30)

    def test_a_silent_blackhole(self):
        self.lab.eth0.block()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.unblock()
        self.expect("eth0", network.CLIENT, network.CLIENT6, timeout=90)  # Of two dead ones, either may be found alive first.


if __name__ == "__main__":
    unittest.main()
