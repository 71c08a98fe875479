"""Silence: each side asks whether the other is still there (RFC 7296 §2.4), answers, and notices when it is not."""

import unittest

from lab.process import wait_until
from lab.tunnel_test_case import PATIENCE, OurClient, TheirClient
from lab.vpn import Options

CHECKING = Options(dpd=1)


class Liveness:
    """Without traffic, checks go back and forth and nothing else happens."""

    def check_idle(self, **options):
        tunnel = self.tunnel(**options)
        checks = lambda: self.theirs().log().count("parsed INFORMATIONAL")
        before, session = checks(), tunnel.client.session()
        wait_until(lambda: checks() >= before + 3, PATIENCE, what="three liveness checks")
        after = tunnel.client.session()
        self.assertEqual((session.spi_i, session.spi_r), (after.spi_i, after.spi_r))
        self.assert_traffic()

    def test_the_gateway_asks(self):
        self.check_idle(gateway_options=CHECKING)

    def test_the_client_asks(self):
        self.check_idle(client_options=CHECKING)


class LivenessOfOurClient(Liveness, OurClient):
    """Our client with strongSwan's gateway."""

    def test_it_notices_that_the_gateway_died_and_comes_back_with_it(self):
        tunnel = self.tunnel(client_options=CHECKING)
        tunnel.gateway.kill()
        self.wait_for_session(lambda session: session.state != "Connected", "another state than Connected")
        tunnel.gateway.start()
        wait_until(lambda: tunnel.client.session().is_connected, 90, what="a new session")
        self.assert_traffic()


class LivenessOfTheirClient(Liveness, TheirClient):
    """strongSwan's client with our gateway."""

    def test_our_gateway_forgets_a_client_that_died(self):
        tunnel = self.tunnel(gateway_options=Options(dpd=1, outage=3))
        tunnel.client.kill()
        wait_until(lambda: not tunnel.gateway.sessions(), 60, what="our gateway to end the session")


if __name__ == "__main__":
    unittest.main()
