"""Every method by which FreeRADIUS lets somebody in, with real tunnels: of strongSwan's client and ours at our gateway, and of our
client at strongSwan's gateway, whose plugin eap-radius asks it."""

import dataclasses
import subprocess
import unittest

from lab import agilevpn
from lab.process import CommandFailed, wait_until
from lab.tunnel_test_case import PATIENCE, OurClient, TheirClient
from lab.vpn import Options
from tests.interop.radius_gateway import AT, SECRET, RadiusGateway


class Methods(RadiusGateway, TheirClient):
    """strongSwan's client logs in by methods that only FreeRADIUS and it know."""

    def test_mschapv2(self):
        self.check("mschapv2")

    def test_tls(self):
        self.check("tls")

    def test_ttls(self):
        self.check("ttls")

    def test_gtc(self):
        self.check("gtc")


class MethodsOfNewerStrongSwan(Methods):
    """strongSwan 6's client logs in by them."""

    client = "newer strongswan"


class MethodsOfOurClient(RadiusGateway):
    """Ours logs in by PEAP, which strongSwan's packages lack, and by the rest."""

    def test_mschapv2(self):
        self.check("mschapv2")

    def test_tls(self):
        self.check("tls")

    def test_ttls(self):
        self.check("ttls", peer="@example.org")  # FreeRADIUS as set up here does not tell who that is.

    def test_peap(self):
        self.check("peap")

    def test_peap_with_tls_inside(self):
        self.check("peap-tls")

    def test_gtc(self):
        self.check("gtc")


class MethodsAtTheirGateway(OurClient, MethodsOfOurClient):
    """Ours logs in by them at strongSwan's, which only passes EAP on: so PEAP and GTC work there, of which its packages have no server."""

    def prepare(self, method):
        servers = f"servers {{ lab {{\n address = {AT}\n secret = {SECRET}\n }} }}"
        return self.tunnel(f"eap-{method}", connect=False, gateway_options=Options(radius=servers))

    def test_ttls(self):
        self.check("ttls")  # Its session has the name of IKE.

    def test_a_wrong_password_is_refused(self):
        pair = self.prepare("mschapv2")
        server = self.server(pair, password="another")
        with self.assertRaises(CommandFailed) as caught:
            pair.client.connect()
        self.assertIn("refused", str(caught.exception))
        self.assertEqual(pair.gateway.sessions(), [])
        self.assertIn("RADIUS authentication of 'anna@example.org' failed", pair.gateway.log())
        self.assertIn("Sent Access-Reject", server.log())


class MethodsAtNewerStrongSwan(MethodsAtTheirGateway):
    """At strongSwan 6's."""

    gateway = "newer strongswan"


class WithoutACertificate(RadiusGateway):
    """The gateway has none: the method at FreeRADIUS proves it (RFC 5998)."""

    def check(self, method):
        pair = self.prepare(method, more="eap-only = true\n", client_options=Options(eap_only=True))
        pair.gateway.stop()
        pair.gateway.credentials = dataclasses.replace(pair.gateway.credentials, certificate=None, key=None)
        pair.gateway.start()
        self.server(pair, method=method)
        self.connect(pair)
        self.assert_traffic()

    def test_tls(self):
        self.check("tls")

    def test_ttls(self):
        self.check("ttls")


class WithoutACertificateForTheirClient(WithoutACertificate, TheirClient):
    """strongSwan's client."""


class OneTimeCodes(RadiusGateway):
    """FreeRADIUS knows no EAP here. It asks for a code after the password, and the client's user answers."""

    CODE = "739201"

    def check_code(self, code):
        pair = self.prepare("gtc", more="gtc = true\n")
        self.radius = self.server(pair, challenge=("Code of your token:", self.CODE))
        pair.client.connect(timeout=40, code=code)
        return pair

    def test_a_right_code_after_the_password_lets_the_user_in(self):
        pair = self.check_code(self.CODE)
        self.assert_traffic()
        self.assertIn("the gateway asks: Code of your token:", pair.client.log())
        self.assertIn("Sent Access-Challenge", self.radius.log())
        for log in (pair.client.log(), pair.gateway.log()):
            self.assertNotIn(self.CODE, log)

    def test_a_code_that_was_typed_once_serves_over_restarts_of_the_gateway(self):
        pair = self.check_code(self.CODE)
        inner = pair.client.session().inner
        for end in (pair.gateway.stop, pair.gateway.kill):
            self.pinger()  # Who sends notices soon that nobody answers.
            former = pair.client.session().spi_i
            end()
            pair.gateway.start()
            wait_until(lambda: pair.gateway.sessions() and pair.client.session().spi_i != former, 60, what="a session with the gateway that restarted")
            self.assertEqual(pair.client.session().inner, inner)
            self.assert_traffic()
            self.assertIn("resumed without a new login", pair.gateway.log())
            self.assertTrue(pair.gateway.status()["sessions"][0]["is_resumed"])
            self.assertIn("resumed without a new login", agilevpn.agilevpn("--control", pair.client.socket, "status"))
        self.assertEqual(pair.client.log().count("the gateway asks"), 1)
        self.assertEqual(self.radius.log().count("Sent Access-Challenge"), 1)
        keys = pair.gateway.folder / "state" / "ticket.keys"
        self.assertEqual(keys.stat().st_mode & 0o777, 0o600)

    def test_a_wrong_code_lets_nobody_in(self):
        with self.assertRaises((CommandFailed, TimeoutError)) as caught:
            self.check_code("000000")
        self.assertIn("refused", str(caught.exception))
        self.assertEqual(self._pair.gateway.sessions(), [])
        self.assert_logged(self._pair.gateway, "the RADIUS server rejected anna@example.org")

    def test_an_answer_is_waited_for_as_long_as_the_server_says(self):
        pair = self.prepare("gtc", more="gtc = true\n")
        self.server(pair, challenge=("Code of your token:", self.CODE, 4))
        up = [agilevpn.BIN / "agilevpn", "--control", pair.client.socket, "up", pair.client.connection, "--code-stdin"]
        asked = self.enterContext(subprocess.Popen(up, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.addCleanup(asked.kill)  # It waits for a line that nobody types.
        wait_until(lambda: "nobody answered within the 4 s that the RADIUS server waits" in pair.gateway.log(), PATIENCE,
                   what="the gateway to wait no longer")

    def test_where_nobody_can_be_asked_it_is_said_how_to_give_the_code(self):
        with self.assertRaises(CommandFailed) as caught:
            self.check_code(None)
        self.assertIn("--code-stdin", str(caught.exception))


del OurClient, RadiusGateway, TheirClient  # No tests of their own.

if __name__ == "__main__":
    unittest.main()
