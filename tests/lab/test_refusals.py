"""Wrong keys and wrong certificates: refused with a reason that says what was wrong, which `agilevpn why` explains at both
ends; other sessions untouched."""

import dataclasses
import unittest

from lab import agilevpn, credentials
from lab.process import CommandFailed
from lab.tunnel_test_case import TunnelTestCase


class Refusals(TunnelTestCase):
    """A second client at the NAT router tries while the first one has a tunnel."""

    def refuse(self, tunnel, own, **changes):
        """What the second client's `up` says."""
        client = agilevpn.AgileVpnClient(tunnel.lab.add_client(1), tunnel.folder / "second",
                                         dataclasses.replace(own, **changes))
        client.start()
        self.addCleanup(client.stop)
        with self.assertRaises(CommandFailed) as caught:
            client.connect()
        self.assert_traffic()
        self.assertEqual(len(tunnel.gateway.sessions()), 1)
        self.causes = tunnel.gateway.why(), client.why()
        return str(caught.exception)

    def test_a_wrong_pre_shared_key(self):
        tunnel = self.tunnel(auth="psk")
        self.assertIn("AUTHENTICATION_FAILED", self.refuse(tunnel, tunnel.client.credentials, psk="wrong horse"))
        self.assertEqual(self.causes, ("wrong-psk", "psk-refused"))

    def test_an_unknown_user(self):
        tunnel = self.tunnel(auth="psk")
        self.assertIn("AUTHENTICATION_FAILED", self.refuse(tunnel, tunnel.client.credentials, identity="eve@example.org"))
        self.assertEqual(self.causes, ("unknown-psk-identity", "psk-refused"))
        self.assertEqual(tunnel.gateway.why("eve@example.org"), "unknown-psk-identity")
        self.assertIsNone(tunnel.gateway.why("anna@example.org"))

    def test_a_client_certificate_of_another_ca(self):
        tunnel = self.tunnel()
        stranger = credentials.Authority(tunnel.folder / "other-pki").client("eve@example.org")
        said = self.refuse(tunnel, stranger, ca=tunnel.client.credentials.ca)
        self.assertIn("AUTHENTICATION_FAILED", said)
        self.assertEqual(self.causes, ("unknown-ca", "certificate-refused"))

    def test_a_gateway_certificate_of_another_ca(self):
        tunnel = self.tunnel()
        other = credentials.Authority(tunnel.folder / "other-pki")
        said = self.refuse(tunnel, tunnel.client.credentials, ca=other.ca)
        self.assertIn("vpn.example.org", said)
        self.assertEqual(self.causes, ("gateway-not-believed", "unknown-ca"))


if __name__ == "__main__":
    unittest.main()
