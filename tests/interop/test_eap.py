"""Users log in by EAP, in both roles: the gateway proves itself with a certificate, the client by the method."""

import re
import unittest

from lab import credentials
from lab.process import CommandFailed
from lab.tunnel_test_case import OurClient, TheirClient, TunnelTestCase
from lab.vpn import Options


class Eap:
    """A tunnel comes up, carries traffic, and the gateway knows who it is."""

    refusal = "password"  # What our end says of a wrong one.

    def check(self, method, **options):
        tunnel = self.tunnel(f"eap-{method}", **options)
        session, = tunnel.gateway.sessions()
        self.assertEqual(session.peer, "anna@example.org")
        self.assertEqual(tunnel.client.session().peer, "vpn.example.org")

    def check_alone(self, method):
        """The method alone proves the gateway (RFC 5998): with its first Request comes no AUTH. With ML-KEM, IKE_INTERMEDIATE is
        before it."""
        alone = Options(eap_only=True)
        self.check(method, client_options=alone, gateway_options=alone)
        for end in (self._pair.client, self._pair.gateway):
            self.assertRegex(end.log(), r"IKE_AUTH response [12] \[ IDr EAP(/REQ/ID)? \]")

    def check_refused(self, method):
        """A wrong password lets nobody in, and is said."""
        tunnel = self.tunnel(f"eap-{method}", connect=False)
        gateway, client = credentials.eap(tunnel.folder / "pki", method, password="guess")
        tunnel.client.stop()
        tunnel.client.credentials = client
        tunnel.client.start()
        with self.assertRaises((CommandFailed, TimeoutError)):
            tunnel.client.connect()
        self.assertEqual(tunnel.gateway.sessions(), [])
        ours = tunnel.gateway if self.gateway == "agilevpn" else tunnel.client
        self.assert_logged(ours, re.escape(self.refusal))

    def test_mschapv2(self):
        self.check("mschapv2")

    def test_mschapv2_with_a_wrong_password(self):
        self.check_refused("mschapv2")

    def test_gtc(self):
        self.check("gtc")

    def test_tls(self):
        self.check("tls")

    def test_tls_in_tls_1_3(self):
        self.check("tls", client_options=Options(tls="1.3"), gateway_options=Options(tls="1.3"))

    def test_ttls(self):
        self.check("ttls-eap")

    def test_ttls_with_a_wrong_password(self):
        self.check_refused("ttls-eap")

    def test_tls_alone(self):
        self.check_alone("tls")

    def test_ttls_alone(self):
        self.check_alone("ttls-eap")


class EapOfOurClient(Eap, OurClient):
    """Our client with strongSwan's gateway."""

    test_tls_in_tls_1_3 = None  # strongSwan 5.9's server does not promise success as RFC 9190 §2.5 demands.
    test_gtc = None  # strongSwan's server checks GTC's password by PAM or XAuth, not by its own secrets.


class EapOfTheirClient(Eap, TheirClient):
    """strongSwan's client with our gateway."""

    test_tls_in_tls_1_3 = None  # strongSwan 5.9's client crashes on the success that RFC 9190 §2.5 promises.

    def test_who_wants_the_certificate_refuses_the_method_alone(self):
        """It asks for EAP alone whatever it is told (remote.auth = pubkey), and remembers at the end that it wanted more."""
        tunnel = self.tunnel("eap-tls", connect=False, gateway_options=Options(eap_only=True))
        with self.assertRaises((CommandFailed, TimeoutError)):
            tunnel.client.connect()
        self.wait_for_end(tunnel.gateway)
        self.assertRegex(tunnel.client.log(), r"authentication of 'vpn.example.org' with EAP successful(.|\n)*N\(AUTH_FAILED\)")


class EapOfOurs(Eap, TunnelTestCase):
    """Both are ours."""

    def test_ttls_with_pap_inside(self):
        self.check("ttls-pap")

    def test_ttls_with_mschapv2_inside(self):
        self.check("ttls-mschapv2")

    def test_peap(self):
        self.check("peap")

    def test_peap_with_a_wrong_password(self):
        self.check_refused("peap")

    def test_peap_with_tls_inside(self):
        self.check("peap-tls")

    def test_peap_alone(self):
        self.check_alone("peap")


if __name__ == "__main__":
    unittest.main()
