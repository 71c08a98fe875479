"""Every way in which a path can be lost, and every way in which one comes: the tunnel moves, the TCP connection lives."""

import time
import unittest

from lab import network
from lab.transfer import Transfer
from lab.tunnel_test_case import PATIENCE, TunnelTestCase
from lab.vpn import Options


class Roaming(TunnelTestCase):
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

    def expect(self, adapter, origin, timeout=PATIENCE):
        """The client is connected over this adapter from this address, and traffic flows."""
        self.watcher.wait_for(lambda session: session.is_connected and session.adapter == adapter
                              and session.origin_address == origin, timeout, f"{adapter} with {origin}")
        self.pings.wait_steady(timeout=timeout)
        self.transfer.wait_progress()

    # The five ways to lose a path.

    def test_a_lost_carrier(self):
        self.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.plug()
        self.expect("eth0", network.CLIENT, 30)

    def test_an_interface_that_is_taken_down(self):
        self.lab.eth0.disable()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.enable()
        self.expect("eth0", network.CLIENT, 30)

    def test_addresses_that_are_removed(self):
        self.lab.eth0.remove_addresses()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.restore()
        self.expect("eth0", network.CLIENT, 30)

    def test_routes_that_are_removed(self):
        self.lab.eth0.remove_routes()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.restore()
        self.expect("eth0", network.CLIENT, 30)

    def test_a_silent_blackhole(self):
        self.lab.eth0.block()
        self.expect("eth1", network.CLIENT_HOME)
        self.lab.eth0.unblock()
        self.expect("eth0", network.CLIENT, 90)

    # What else networks do.

    def test_both_cards_on_the_same_lan(self):
        self.lab.put_eth1_on_lan()
        self.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_SECOND)

    def test_another_address_from_dhcp(self):
        self.lab.eth0.replace_address(f"{network.CLIENT}/24", f"{network.CLIENT_RENUMBERED}/24")
        self.expect("eth0", network.CLIENT_RENUMBERED)

    def test_only_ipv6_is_left(self):
        self.lab.eth1.pull()
        self.lab.eth0.remove_addresses(4)
        self.expect("eth0", network.CLIENT6)
        self.assertFalse(self.watcher.session().is_nat)
        self.lab.eth0.remove_addresses(6)
        self.lab.eth0.restore()
        self.expect("eth0", network.CLIENT, 60)

    def test_a_nat_router_that_forgets_its_mapping(self):
        self.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_HOME)
        before = self.pair.gateway.sessions()[0].origin
        self.lab.router.forget()
        self.wait_for_session(lambda session: session.origin not in ("", before), "the new mapping", self.pair.gateway)
        self.expect("eth1", network.CLIENT_HOME)

    def test_the_gateway_changes_its_address(self):
        self.lab.eth1.pull()
        self.lab.gateway_lan.replace_address(f"{network.GATEWAY}/24", "10.0.1.9/24")
        self.watcher.wait_for(lambda session: session.is_connected
                              and not session.gateway.startswith(network.GATEWAY + ":"), PATIENCE, "its other address")
        self.pings.wait_steady(timeout=PATIENCE)
        self.transfer.wait_progress()

    def test_both_cables_out_for_a_while(self):
        self.lab.eth0.pull()
        self.lab.eth1.pull()
        self.watcher.wait_for(lambda session: session.state == "Dormant", PATIENCE, "Dormant")
        time.sleep(4)
        start = time.monotonic()
        self.lab.eth1.plug()
        self.expect("eth1", network.CLIENT_HOME)
        self.assertIn("Dormant: waiting to reconnect", [session.state for session in self.watcher.since(start)])

    def test_many_moves_in_a_row(self):
        for _ in range(5):
            for used, other, origin in ((self.lab.eth0, self.lab.eth1, network.CLIENT_HOME),
                                        (self.lab.eth1, self.lab.eth0, network.CLIENT)):
                other.plug()
                time.sleep(0.1)
                used.pull()
                self.expect(other.name, origin)


class Outage(TunnelTestCase):
    """A client that sleeps for longer than its network outage time."""

    def test_it_gives_up_and_says_so(self):
        tunnel = self.tunnel(client_options=Options(outage=3))
        watcher = self.watch()
        tunnel.lab.eth0.pull()
        tunnel.lab.eth1.pull()
        watcher.wait_for(lambda session: session.state == "Failed", PATIENCE, "Failed")
        reason = tunnel.client.status()["sessions"][0]["reason"]
        self.assertIn("outage", reason)


if __name__ == "__main__":
    unittest.main()
