"""MOBIKE moves (RFC 4555) with the other maker's end, with and without NAT, from either side."""

import unittest

from lab import network
from lab.tunnel_test_case import PATIENCE, OurClient, TheirClient


class OurClientRoams(OurClient):
    """Our client, strongSwan's gateway. Its userspace ESP rekeys from both ends after each move."""

    def setUp(self):
        self.pair = self.tunnel()
        self.pings = self.pinger()

    def expect(self, adapter, origin):
        self.wait_for_session(lambda session: session.is_connected and session.adapter == adapter
                              and session.origin_address == origin, f"{adapter} with {origin}")
        self.pings.wait_steady(timeout=PATIENCE)
        self.assert_traffic()

    def test_a_pulled_cable_moves_it_behind_the_nat_and_back(self):
        self.pair.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_HOME)
        gateway_sees, = self.pair.gateway.sessions()
        self.assertEqual(gateway_sees.origin_address, network.NAT_OUTSIDE)
        self.pair.lab.eth0.plug()
        self.expect("eth0", network.CLIENT)

    def test_a_pulled_cable_moves_it_to_another_address_on_the_lan(self):
        self.pair.lab.put_eth1_on_lan()
        self.pair.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_SECOND)

    def test_losing_ipv4_moves_it_to_ipv6(self):
        self.pair.lab.eth1.pull()
        self.pair.lab.eth0.remove_addresses(4)
        self.expect("eth0", network.CLIENT6)

    def test_another_address_from_dhcp(self):
        self.pair.lab.eth0.replace_address(f"{network.CLIENT}/24", f"{network.CLIENT_RENUMBERED}/24")
        self.expect("eth0", network.CLIENT_RENUMBERED)

    def test_a_nat_router_that_forgets_its_mapping(self):
        self.pair.lab.eth0.pull()
        self.expect("eth1", network.CLIENT_HOME)
        before = self.pair.gateway.sessions()[0].origin
        self.pair.lab.router.forget()
        self.wait_for_session(lambda session: session.origin != before, "the new mapping", self.pair.gateway)
        self.expect("eth1", network.CLIENT_HOME)

    def test_the_gateway_changes_its_address(self):
        self.pair.lab.eth1.pull()
        self.pair.lab.gateway_lan.replace_address(f"{network.GATEWAY}/24", "10.0.1.9/24")
        self.wait_for_session(lambda session: session.is_connected and not session.gateway.startswith(network.GATEWAY + ":"),
                              "another address of the gateway")
        self.pings.wait_steady(timeout=PATIENCE)
        self.assert_traffic()


class TheirClientRoams(TheirClient):
    """strongSwan's client, our gateway. It leaves a path when the interface goes down, not when the carrier is lost, does not
    return by itself, and takes whichever path answers first, of either family."""

    def setUp(self):
        self.pair = self.tunnel()
        self.pings = self.pinger()

    def expect(self, *origins):
        """Our gateway sees the client at one of these addresses."""
        self.wait_for_session(lambda session: session.is_connected and session.origin_address in origins,
                              f"origin {' or '.join(origins)}", self.pair.gateway)
        self.pings.wait_steady(timeout=PATIENCE)
        self.assert_traffic()

    def test_an_interface_that_goes_down_moves_it_behind_the_nat_and_back(self):
        self.pair.lab.eth0.disable()
        self.expect(network.NAT_OUTSIDE)
        self.pair.lab.eth0.enable()
        self.pair.lab.eth1.disable()
        self.expect(network.CLIENT, network.CLIENT6)

    def test_an_interface_that_goes_down_moves_it_to_another_address_on_the_lan(self):
        self.pair.lab.put_eth1_on_lan()
        self.pair.lab.eth0.disable()
        self.expect(network.CLIENT_SECOND, network.CLIENT_SECOND6)

    def test_another_address_from_dhcp(self):
        self.pair.lab.eth0.replace_address(f"{network.CLIENT}/24", f"{network.CLIENT_RENUMBERED}/24")
        self.expect(network.CLIENT_RENUMBERED, network.CLIENT6)

    def test_our_gateway_changes_its_address(self):
        self.pair.lab.eth1.pull()
        self.pair.lab.gateway_lan.replace_address(f"{network.GATEWAY}/24", "10.0.1.9/24")
        self.wait_for_session(lambda session: not session.gateway.startswith(network.GATEWAY + ":"),
                              "another address of the gateway")
        self.pings.wait_steady(timeout=PATIENCE)
        self.assert_traffic()


if __name__ == "__main__":
    unittest.main()
