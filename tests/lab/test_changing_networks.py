"""Addresses, mappings and segments that change under a tunnel, and the time when there is no network at all."""

import time
import unittest

from lab import network
from lab.tunnel_test_case import PATIENCE, TunnelTestCase
from lab.vpn import Options
from tests.lab.roaming_test_case import RoamingTestCase


class ChangingNetworks(RoamingTestCase):
    """The tunnel follows, without a break that TCP would notice."""

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
        self.lab.eth0.configure([f"{network.CLIENT}/24"])  # With both there at once, it would wake where it fell asleep.
        self.expect("eth0", network.CLIENT, timeout=60)

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
        asleep = len(self.pair.client.states())
        self.lab.eth1.plug()
        self.expect("eth1", network.CLIENT_HOME)
        self.assertIn("Dormant: waiting to reconnect", self.pair.client.states()[asleep:])

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
