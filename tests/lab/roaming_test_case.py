"""The base of tests of a client that roams between our own ends."""

from lab import network
from lab.transfer import Transfer
from lab.tunnel_test_case import PATIENCE, TunnelTestCase


class RoamingTestCase(TunnelTestCase):
    """A client that is connected over eth0, with pings and a TCP transfer that must survive the test."""

    def setUp(self):
        self.pair = self.tunnel()
        self.lab = self.pair.lab
        self.watcher = self.watch()
        self.watcher.wait_for(lambda session: session.is_connected, PATIENCE, "Connected")
        self.pings = self.pinger()
        self.transfer = Transfer(self.lab.client, self.lab.server, network.SERVER)
        self.addCleanup(self.check_transfer)

    def check_transfer(self):
        result = self.transfer.stop()
        self.assertTrue(result.survived, result.reason)

    def expect(self, adapter, *origins, timeout=PATIENCE):
        """The client is connected over this adapter from one of these addresses, and traffic flows."""
        self.watcher.wait_for(lambda session: session.is_connected and session.adapter == adapter
                              and session.origin_address in origins, timeout, f"{adapter} with {' or '.join(origins)}")
        self.pings.wait_steady(timeout=timeout)
        self.transfer.wait_progress()
