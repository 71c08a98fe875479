"""The end of a session or of a Child SA, from either side, and what comes after it."""

import unittest

from lab.tunnel_test_case import OurClient, TheirClient


class DeletionWithOurClient(OurClient):
    """Our client with strongSwan's gateway."""

    def test_our_client_deletes(self):
        tunnel = self.tunnel()
        tunnel.client.disconnect()
        self.wait_for_end()
        self.assert_no_traffic()

    def test_their_gateway_deletes_and_our_client_comes_back(self):
        tunnel = self.tunnel()
        before = tunnel.client.session()
        tunnel.gateway.disconnect()
        self.wait_for_session(lambda session: session.is_connected and session.spi_i != before.spi_i, "a new session")
        self.assert_traffic()

    def test_their_gateway_deletes_the_child_sa_and_our_client_makes_another(self):
        tunnel = self.tunnel()
        before = tunnel.client.session()
        tunnel.gateway.swanctl("--terminate", "--child", "net")
        self.wait_for_session(lambda session: session.is_connected and session.child_spis != before.child_spis,
                              "another Child SA")
        self.assert_traffic()

    def test_it_connects_again_after_each_end(self):
        tunnel = self.tunnel()
        for _ in range(3):
            tunnel.client.disconnect()
            self.wait_for_end()
            tunnel.client.connect()
            self.assert_traffic()
        self.assertEqual(len(tunnel.gateway.sessions()), 1)


class DeletionWithTheirClient(TheirClient):
    """strongSwan's client with our gateway."""

    def test_their_client_deletes(self):
        tunnel = self.tunnel()
        tunnel.client.disconnect()
        self.wait_for_end()
        self.assert_no_traffic()

    def test_our_gateway_deletes(self):
        tunnel = self.tunnel()
        tunnel.gateway.disconnect()
        self.wait_for_end()

    def test_their_client_deletes_the_child_sa_and_makes_another(self):
        tunnel = self.tunnel()
        tunnel.client.swanctl("--terminate", "--child", "net")
        tunnel.client.swanctl("--initiate", "--child", "net")
        self.assert_traffic()
        self.assertEqual(len(tunnel.gateway.sessions()), 1)

    def test_our_gateway_says_goodbye_when_it_stops(self):
        tunnel = self.tunnel()
        tunnel.gateway.stop()
        self.wait_for_end(tunnel.client)


if __name__ == "__main__":
    unittest.main()
